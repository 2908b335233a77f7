"""The simulators against the whole service: a fleet's record is the database, a day in the town rings the hunters."""

import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simulators.fleet.record import read_record
from simulators.town.day import plan_day
from tests.acceptance.service import Service
from tests.servers import wait_until

SIM = [sys.executable, "-u", "-m", "simulators"]


def test_everything_in_a_fleets_record_is_in_the_database_exactly_once(service: Service, tmp_path: Path):
    file = tmp_path / "record"
    fleet = subprocess.run(
        [*SIM, "fleet", "--agents", "3", "--rate", "600", "--seconds", "4", "--sprung-every", "0.5", "--batch", "20",
         "--ready", str(service.ready_file), "--data", str(tmp_path / "fleet"), "--record", str(file)],
        capture_output=True, text=True, timeout=90,
    )  # fmt: skip
    assert fleet.returncode == 0, fleet.stderr
    messages, receipted = read_record(file)
    assert len(messages) > 100
    assert all(message.sequence in receipted[message.outbox] for message in messages)
    events = [message.id for message in messages if message.kind == "sprung"]
    stored = Counter(row[0] for row in service.rows("select event_id from event where event_id = any(%s)", events))
    assert stored == Counter(events)
    statement = "select id, measured_at from reading join device on key = device_id where id like 'fleet-%%-field'"
    rows = service.rows(statement + " and measured_at >= %s", min(message.time for message in messages))
    measured = [(message.device, time) for message in messages if message.batch for time in message.times]
    assert Counter(rows) == Counter(measured)


def eventful_seed(now: datetime) -> int:
    """The world in which the first trap springs soonest, but not before the agents are up."""

    def first_spring(seed: int) -> datetime:
        day = plan_day(seed, now + timedelta(hours=1), now + timedelta(hours=25))
        return min(happening.at for happening in day if happening.kind == "springs")

    return min(range(100), key=first_spring)


@pytest.fixture
def town(service: Service, tmp_path: Path):
    """A town whose day takes a minute, in a world where a trap springs soon; its output is in a file."""
    command = [
        *SIM, "town", "--ready", str(service.ready_file), "--data", str(tmp_path / "town"), "--minutes", "1",
        "--seed", str(eventful_seed(datetime.now(UTC))),
    ]  # fmt: skip
    with (tmp_path / "said").open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    yield process, tmp_path / "said"
    process.kill()
    process.wait()


def test_a_day_in_the_town_rings_the_hunters(service: Service, town: tuple[subprocess.Popen, Path]):
    process, said = town
    wait_until(lambda: "trap sprung" in said.read_text() or process.poll() is not None, "no trap sprang", 900, 0.1)
    assert process.poll() is None, said.read_text()
    name = said.read_text().partition(": trap sprung")[0].rpartition(" ")[2]  # e.g. 矢那-1
    assert service.mailbox.wait_for(lambda mail: name in mail.subject, 30)
    (trap,) = [
        one for one in service.api.get("/api/v1/devices?limit=100").json()["items"] if one["name"].startswith(name)
    ]
    # Not the trap's state: within seconds a hunter of the town may have been there.
    assert service.rows(
        "select from incident join device on key = device_key where device.id = %s and incident.kind = 'trap_sprung'",
        trap["id"],
    )
    days = "select count(distinct measured_at::date) from reading join device on key = device_id where id = %s"
    wait_until(lambda: service.rows(days, "fukuta-hill")[0][0] >= 7, "the days before are not sent", pause_s=0.1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(15) == 0, said.read_text()


@pytest.mark.parametrize(
    "words",
    [
        ["town"], ["town", "--ready", "/nowhere/ready.json"], ["fleet", "--agents", "many"], ["nothing"],
        ["fleet", "--agents", "0", "--rate", "1", "--ready", "x"], ["mailbox", "--folder", "/proc/no"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_mistake_is_one_line_and_exit_code_2(words: list[str]):
    done = subprocess.run([*SIM, *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr.startswith("wanamori-sim: ")
    assert done.stderr.count("\n") == 1
    assert not done.stdout


def test_a_mailbox_ends_at_once_when_asked_to(tmp_path: Path):
    mailbox = subprocess.Popen([*SIM, "mailbox", "--port", "0", "--folder", str(tmp_path)], stdout=subprocess.PIPE)
    assert mailbox.stdout
    with mailbox.stdout:
        assert b"mail for 127.0.0.1:" in mailbox.stdout.readline()
        mailbox.send_signal(signal.SIGTERM)
        assert mailbox.wait(10) == 0
