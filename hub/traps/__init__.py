"""Traps: what state each is in, and what must follow from what was heard of it, and from silence."""
