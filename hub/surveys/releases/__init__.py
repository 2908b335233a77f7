"""What everybody may know of a survey: shown only while somebody has released it."""
