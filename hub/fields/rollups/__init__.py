"""Each device's hours and days, kept exactly what its readings say; `mark_due` for whoever changes the past."""

from hub.fields.rollups.store.marks import mark_due

__all__ = ["mark_due"]
