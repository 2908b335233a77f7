"""A MAVLink copter on the desk: what it decides is pure, and one thread carries it to sockets (`run`)."""
