"""How long from a trap's pin to the mail in a real SMTP server, while readings flow.

`python -m tests.faults.pin_to_mail [--firings 200] [--rate 1000]` prints the figures as JSON. The agents, the load, the
hub's processes and this observer (with the mailbox in it) are processes of their own on one machine; the clock is the
machine's monotonic one, which they share.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.acceptance.service import Service, running_service
from tests.faults.crew import Crew
from tests.faults.storm import enrolled_crew
from tests.servers import wait_until


@dataclass(frozen=True)
class Firing:
    """One firing in milliseconds: pin to mail in all, and pin to the hub's receipt of the event."""

    trap: str
    to_mail_ms: float
    to_hub_ms: float


@dataclass(frozen=True)
class Figures:
    """What was measured; milliseconds, but for the load in readings a second as the database has it."""

    firings: int
    median_ms: float
    p90_ms: float
    p99_ms: float
    worst_ms: float
    to_hub_median_ms: float
    to_hub_p99_ms: float
    load_readings_per_s: float
    settle_ms: float = 50.0


def measure(folder: Path, firings: int, rate: float, seed: int = 1) -> Figures:
    """Fire so many times, one after the other at uneven moments, beside a load of `rate` readings a second."""
    with running_service(folder / "service") as service:
        person = {"name": "hunter", "roles": ["hunter"], "email": "hunter@town.example", "language": "ja"}
        service.api.post("/api/v1/people", json=person).raise_for_status()
        crew = Crew(folder / "crew", enrolled_crew(service, folder / "crew"))
        crew.start()
        load = _start_load(service, folder, rate)
        try:
            wait_until(lambda: all(crew.phase(trap) == "armed" for trap in crew.traps), "traps are not armed", 600, 0.1)
            statement = "select 1 from reading join device on key = device_id where id like 'fleet-%%' limit 1"
            service.wait_for_rows(statement)
            began = datetime.now(UTC)
            found = _fire(service, crew, firings, random.Random(seed))
            flowed = _load_rate(service, began)
        finally:
            crew.stop()
            load.terminate()
            load.wait()
    return _figures(found, flowed)


def _start_load(service: Service, folder: Path, rate: float) -> subprocess.Popen:
    with (folder / "load.log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "simulators", "fleet", "--agents", "20", "--rate", str(rate),
             "--ready", str(service.ready_file), "--data", str(folder / "load")],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip


def _fire(service: Service, crew: Crew, firings: int, chance: random.Random) -> list[Firing]:
    pause, found = threading.Event(), []
    while len(found) < firings:
        for trap in crew.traps[: firings - len(found)]:
            pause.wait(chance.uniform(0.0, 0.3))
            wait_until(lambda trap=trap: crew.phase(trap) == "armed", f"{trap} is not armed", 600, 0.05)
            fired_at, fired_s = datetime.now(UTC), time.monotonic()
            crew.move(trap, is_open=True)
            mail = service.mailbox.wait_for(
                lambda mail, trap=trap, since_s=fired_s: mail.arrived_s >= since_s and trap in mail.subject, 60
            )
            assert mail, f"no mail of {trap}\n{service.tail()}"
            incident = mail.text.partition("/incidents/")[2].split()[0]
            ((received_at,),) = service.rows(
                "select received_at from event join device on key = device_key"
                " where device.id = %s and event.kind = 'sprung' order by event.id desc limit 1",
                trap,
            )
            to_hub_ms = (received_at - fired_at).total_seconds() * 1000
            found.append(Firing(trap, (mail.arrived_s - fired_s) * 1000, to_hub_ms))
            service.api.post(f"/api/v1/incidents/{incident}/resolve", json={"outcome": "empty"}).raise_for_status()
            crew.move(trap, is_open=False)
    return found


def _load_rate(service: Service, since: datetime) -> float:
    until = datetime.now(UTC)
    statement = (
        "select count(*) from reading join device on key = device_id"
        " where id like 'fleet-%%' and received_at between %s and %s"
    )
    ((count,),) = service.rows(statement, since, until)
    return count / (until - since).total_seconds()


def _figures(found: list[Firing], flowed: float) -> Figures:
    to_mail, to_hub = sorted(one.to_mail_ms for one in found), sorted(one.to_hub_ms for one in found)
    figures = Figures(
        len(found),
        statistics.median(to_mail),
        _share(to_mail, 0.90),
        _share(to_mail, 0.99),
        to_mail[-1],
        statistics.median(to_hub),
        _share(to_hub, 0.99),
        flowed,
    )
    return Figures(**{name: round(value, 1) for name, value in asdict(figures).items()})


def _share(ordered: list[float], share: float) -> float:
    """The value that this share of all does not pass."""
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered)) - 1))]


def main() -> None:
    """Measure from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--firings", type=int, default=200)
    parser.add_argument("--rate", type=float, default=1000.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pin-to-mail-") as folder:
        Path(folder).chmod(0o711)  # the servers run as another user
        print(json.dumps(asdict(measure(Path(folder), given.firings, given.rate)), indent=2))


if __name__ == "__main__":
    main()
