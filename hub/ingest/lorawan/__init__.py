"""LoRaWAN probes through ChirpStack's MQTT integration: their frames, payloads, and which station each belongs to."""
