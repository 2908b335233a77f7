"""Open data: aggregates of captures, never the place of a trap."""
