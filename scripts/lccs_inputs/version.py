"""The version of this software; apart, so that a new one reruns nothing by itself."""

__version__ = "0.1.0"
