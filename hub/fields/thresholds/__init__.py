"""Warnings of the field in plain words: decided over batches of readings, told through the same incidents as traps."""
