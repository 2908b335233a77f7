"""A plot at a glance: what matters now, summed up from its stations."""
