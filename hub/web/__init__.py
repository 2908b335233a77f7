"""The web process: pages for people, the HTTP API for programs. The only user of FastAPI."""
