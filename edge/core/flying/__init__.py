"""What a flight agent decides: which orders it takes, where a flight stands, what is told of it. Pure."""
