"""The agent's decisions: (state, input, now) -> new state + effects as data. No clock, chance, I/O or logging."""
