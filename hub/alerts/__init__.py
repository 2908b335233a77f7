"""Incidents: what people must act on, who is told of it and when, until somebody answers and reports."""
