"""The shared protocol between agents and hub. Pure; needs pydantic alone. The hub may import nothing else of edge."""
