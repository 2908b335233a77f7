"""Places: the local plane in metres, and mesh codes. Pure."""

from hub.geo.frame import LocalFrame, Point

__all__ = ["LocalFrame", "Point"]
