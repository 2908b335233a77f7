"""The flight duty: orders of the town, carried out by an autopilot through dronekit. Needs the extra `flight`."""
