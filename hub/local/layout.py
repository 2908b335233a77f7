"""Where everything lies under the `--data` folder."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["Layout"]


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths under one `--data` folder (absolute). Nothing is written outside of it but the socket's folder when
    `data` is too long.
    """

    data: Path

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.data / "postgres"

    @property
    def cluster_unfinished(self) -> Path:
        """Where a cluster is made; it gets its name only when it is complete, so an interrupted first start leaves
        nothing half-made.
        """
        return self.data / "postgres.new"

    @property
    def run(self) -> Path:
        """Sockets and pid files: only of meaning while the service runs."""
        return self.data / "run"

    @property
    def conf(self) -> Path:
        """Configuration of the servers, written anew at each start."""
        return self.data / "conf"

    @property
    def broker(self) -> Path:
        """The broker's password file."""
        return self.data / "broker"

    @property
    def logs(self) -> Path:
        """One bounded log for each part."""
        return self.data / "logs"

    @property
    def postgres_conf(self) -> Path:
        """PostgreSQL's configuration."""
        return self.conf / "postgresql.conf"

    @property
    def hba_conf(self) -> Path:
        """Who may connect to the database, and how that is checked."""
        return self.conf / "pg_hba.conf"

    @property
    def ident_conf(self) -> Path:
        """Which system users may act as the database's role."""
        return self.conf / "pg_ident.conf"

    @property
    def mosquitto_conf(self) -> Path:
        """The broker's configuration."""
        return self.conf / "mosquitto.conf"

    @property
    def mosquitto_acl(self) -> Path:
        """The broker's access rules."""
        return self.conf / "mosquitto.acl"

    @property
    def broker_passwords(self) -> Path:
        """The broker's accounts; `wanamori-hub accounts` keeps it equal to the database."""
        return self.broker / "passwords"

    @property
    def broker_pid(self) -> Path:
        """The broker's process id, by which it is told to read its passwords again."""
        return self.run / "mosquitto.pid"

    @property
    def lock(self) -> Path:
        """Held (flock) by the one `local` that runs on this folder."""
        return self.data / "lock"

    @property
    def kept(self) -> Path:
        """What must outlive the service: the secret, the passwords, the ports that agents were told."""
        return self.data / "secrets.json"

    @property
    def ready(self) -> Path:
        """What outside programs read, there only while everything is up."""
        return self.data / "ready.json"
