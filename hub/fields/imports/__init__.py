"""Files of other loggers: read, shown to a person, stored beside what was measured, and taken back on wish."""
