"""What drones tell in flight: where they are, the way that they flew, the photos that they took."""
