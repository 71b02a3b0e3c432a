"""Scenes on a disk: products as their publishers deliver them, described as a STAC catalogue."""
