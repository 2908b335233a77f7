"""Honest sensors: whether what a sensor says can be believed, and what was done to it."""

from hub.fields.quality.store import SensorState, fetch_states

__all__ = ["SensorState", "fetch_states"]
