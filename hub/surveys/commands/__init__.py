"""Orders to drones: made, signed, kept as rows, and sent until they are answered or have expired."""
