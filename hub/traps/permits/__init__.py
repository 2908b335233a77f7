"""Permits to set traps: what they allow, what is due when, and the report that each of them owes."""
