"""A small town: boxes with traps and stations in it, the people who look after them, and a day that happens to them.

The boxes run the real agent on simulated pins and sensors; the people use the hub's HTTP API as a phone would.
"""
