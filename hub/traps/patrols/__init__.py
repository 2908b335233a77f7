"""The patrol ledger: who was at which trap on which day, and which traps nobody has visited."""
