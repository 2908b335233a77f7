"""Places: the local plane in metres, mesh codes, and the sun there. Pure."""

from hub.geo.frame import LocalFrame, Point

__all__ = ["LocalFrame", "Point"]
