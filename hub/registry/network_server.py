"""The LoRaWAN network server's place in the registry: an agent of its own that carries probes and speaks for none else.

Its account at the broker is ruled by name in the access rules: ChirpStack's topics, and nothing below wanamori/. It
never enrols, so nobody waits for its heartbeat.
"""

from datetime import datetime

from hub.registry.audit import record
from hub.registry.broker_accounts import hash_broker_password
from hub.registry.people import Actor
from hub.registry.secrets import broker_salt, new_password
from hub.store import Connection, Queries, notify

__all__ = ["NETWORK_SERVER", "ensure_network_server", "new_network_server_password"]

NETWORK_SERVER = "chirpstack"
"""Its id, which is its user name at the broker."""
_queries = Queries.beside(__file__)


def ensure_network_server(conn: Connection, now: datetime) -> None:
    """Make the network server's row where there is none."""
    _queries.run(conn, "add_network_server", id=NETWORK_SERVER, name="LoRaWAN (ChirpStack)", now=now)


def new_network_server_password(conn: Connection, actor: Actor, now: datetime) -> str:
    """Give ChirpStack a new password at the broker and return it, the only time that it is told; the old one ends."""
    ensure_network_server(conn, now)
    password = new_password()
    hashed = hash_broker_password(password, broker_salt())
    _queries.run(conn, "save_network_server_password", id=NETWORK_SERVER, broker_hash=hashed)
    record(conn, actor, "new_broker_password", f"agent/{NETWORK_SERVER}", now)
    notify(conn, "broker_accounts", {"agent": NETWORK_SERVER})
    return password
