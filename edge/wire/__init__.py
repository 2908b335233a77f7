"""The shared protocol between agents and hub. Pure; depends on pydantic alone; the hub may import this and nothing else of edge."""
