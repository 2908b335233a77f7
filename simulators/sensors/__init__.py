"""The hardware beneath the agents: pins, an RS-485 bus, a folder of thermometers. Each fails as real ones do."""
