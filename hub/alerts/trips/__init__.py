"""People on their way: expected back at an instant, and looked for when they do not come."""
