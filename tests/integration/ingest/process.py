"""One ingest process as a test starts it: `python -m tests.integration.ingest.process`, settings from the environment.

Its handlers write into the audit log, which is append-only and easy to count, in the event's own transaction.
"""

import json
import sys

from hub.bus import BrokerAddress
from hub.config import load_settings
from hub.ingest.events import AcceptedEvent, Unreadable
from hub.ingest.subscriber import IngestOptions, IngestProcess
from hub.store import Connection, Database
from hub.wiring.process import stop_at_signal


def note(conn: Connection, event: AcceptedEvent) -> None:
    """Leave a trace of each event that was handed on."""
    data = event.data.model_dump(mode="json")
    if data.get("state") == "running" and "poison" in data.get("faults", []):
        raise RuntimeError("a handler that fails")
    detail = json.dumps({"occurred_at": event.occurred_at.isoformat(), "quality": event.time_quality})
    conn.execute(
        "insert into audit_entry (at, actor, act, object, detail) values (%s, %s, %s, %s, %s)",
        (event.received_at, event.agent_id, event.kind, event.id, detail),
    )


def note_unreadable(conn: Connection, message: Unreadable) -> None:
    """The same for what nobody could read."""
    conn.execute(
        "insert into audit_entry (at, actor, act, object) values (%s, %s, 'unreadable', %s)",
        (message.received_at, message.agent_id or "nobody", f"{message.reason} {message.topic}"),
    )


def main() -> None:
    settings = load_settings()
    stop = stop_at_signal()
    database = Database(settings.database_url, name="wanamori ingest", max_size=6, timeout_s=2.0)
    handlers = dict.fromkeys(("sprung", "reset", "status", "photo", "flight", "reply"), note)
    process = IngestProcess(
        database,
        BrokerAddress.of(settings),
        IngestOptions.of(settings),
        handlers=handlers,
        on_unreadable=note_unreadable,
    )
    process.run(stop)
    database.close()


if __name__ == "__main__":
    sys.exit(main())
