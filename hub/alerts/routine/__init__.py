"""What comes by the calendar and not by an alarm: the morning's summary, the weekly drill, and who is reached."""
