"""Honest sensors: whether what a sensor says can be believed, and what was done to it."""
