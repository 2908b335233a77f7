"""The whole service on one machine: a private database, a private broker and the hub's processes, under one folder."""
