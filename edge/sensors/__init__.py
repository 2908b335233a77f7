"""Ways to sense, one file a kind. Each is loaded when it is first used, so an agent needs only the libraries of its own
sensors.
"""
