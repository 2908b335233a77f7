"""The connections to brokers, and the only place that knows paho: `town` to the hub, `home` to a farmer's own."""
