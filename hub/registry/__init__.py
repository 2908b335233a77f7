"""Who there is: agents and devices, people with roles and teams, how each proves who it is, and the audit log."""
