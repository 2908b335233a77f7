"""What was caught, where and when, and with how much effort: for the office."""
