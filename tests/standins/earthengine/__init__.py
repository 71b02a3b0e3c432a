"""A local Earth Engine: the real client talks HTTP to it, and it computes the expressions."""

from standins.earthengine.server import EarthEngineStandIn

__all__ = ["EarthEngineStandIn"]
