"""What people add to a survey: damage seen on the ground, and the photos from the drones' cards."""
