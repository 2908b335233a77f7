"""Surveys of an area after a disaster: today their planning, which is pure."""
