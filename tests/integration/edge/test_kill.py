"""Kill -9 the agent and the broker at random moments while a trap springs: all of the agent's own
record is at the hub.
"""

import random
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from simulators.sensors.onewire import OneWireFolder
from tests.integration.edge.parts import KillableBroker, TinyHub
from tests.servers import wait_until

ROOT = Path(__file__).parents[3]


def start_victim(folder: Path, port: int, *how: str) -> subprocess.Popen[str]:
    victim = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.edge.victim", str(folder), str(port), *how],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert victim.stdout is not None
    assert victim.stdout.readline() == "ready\n"
    return victim


def end(victim: subprocess.Popen[str]) -> None:
    victim.kill()
    victim.wait()
    assert victim.stdout is not None
    victim.stdout.close()


def ask(folder: Path, sql: str) -> list[tuple]:
    db = sqlite3.connect(folder / "data" / "outbox.sqlite3", timeout=10)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


@pytest.mark.parametrize("rounds", [6, pytest.param(40, marks=[pytest.mark.long, pytest.mark.timeout(600)])])
def test_whatever_is_killed_the_record_arrives_whole(
    tmp_path: Path, killable: KillableBroker, hub: TinyHub, rounds: int
) -> None:
    OneWireFolder(tmp_path / "w1").show("28-000000000001", 21.5)
    chance, pause = random.Random(20261123), threading.Event()
    for round_ in range(rounds):
        victim = start_victim(tmp_path, killable.port)
        pause.wait(chance.uniform(0.0, 1.5))
        if round_ % 2:
            killable.kill()
            pause.wait(chance.uniform(0.0, 0.5))
            killable.start()
            pause.wait(chance.uniform(0.0, 1.0))
        end(victim)
    victim = start_victim(tmp_path, killable.port, "still")
    moves = (tmp_path / "wire.txt").read_text().split()
    phase = "sprung" if moves[-1] == "open" else "armed"
    wait_until(lambda: ask(tmp_path, "SELECT phase FROM phase") == [(phase,)], "the last move is not noticed")
    wait_until(lambda: ask(tmp_path, "SELECT count(*) FROM entry") == [(0,)], "the outbox does not empty")
    end(victim)
    outbox, last = ask(tmp_path, "SELECT value, (SELECT seq FROM sqlite_sequence) FROM meta WHERE key = 'id'")[0]
    came = hub.sequences(outbox)
    assert sorted(came) == list(range(1, last + 1)), "something of the agent's record never came"
    assert all(len(ids) == 1 for ids in came.values()), "two events under one number"
    assert len(set().union(*came.values())) == last, "one event under two numbers"
    assert len(hub.ids("sprung")) == moves.count("open"), "a spring is lost, or never was"
