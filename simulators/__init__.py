"""Stand-ins for what the town has and a desk has not: weather, soil, boars, pins, buses, a post office.

The agents above them are the real ones, and they reach the hub only as hardware would.
"""
