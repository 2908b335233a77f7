"""The only door to PostgreSQL: connections, transactions, named SQL, migrations, notifications."""

from hub.store.migrations import migrate
from hub.store.pool import Connection, Database, Notification, notify
from hub.store.queries import Queries

__all__ = ["Connection", "Database", "Notification", "Queries", "migrate", "notify"]
