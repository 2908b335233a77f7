"""The program on the Raspberry Pi: sense, decide, store, send. Imports nothing of the hub."""
