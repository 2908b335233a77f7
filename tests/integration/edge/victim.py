"""An agent to be killed: a real one in a process of its own, with a trap that springs and is set again as fast as it
can follow, and a thermometer. Its arguments: the folder, the broker's port, and `still` if nothing is to
happen any more.

The wire's record is written (and synced) before the wire moves, so it tells after any kill how often the trap was
really sprung, and where the wire was left. The next move waits until the agent has kept the last one, which is read
from its outbox.
"""

import os
import sqlite3
import sys
import threading
from pathlib import Path

from edge.config import OneWireConfig, StationConfig, TrapConfig
from simulators.sensors.pins import BOUNCES, TrapPins
from tests.integration.edge.parts import credentials, quick, running

PIN = 17


def main(folder: Path, port: int, still: bool) -> None:
    sensor = OneWireConfig(kind="one_wire", path=folder / "w1")
    config = quick(
        folder / "data",
        traps=(TrapConfig(device="trap-1", pin=PIN, settle_s=0.005, reset_after_s=0.1),),
        stations=() if still else (StationConfig(device="field-1", every_s=0.1, send_every_s=0.3, sensors=(sensor,)),),
    )
    record = folder / "wire.txt"
    pins = TrapPins()
    if not record.exists() or not record.read_text().endswith("open\n"):
        pins.close(PIN)
    with running(config, credentials(port), pins.factory):
        print("ready", flush=True)
        if still:
            threading.Event().wait()
        while True:
            if pins.is_open(PIN):
                wait_for_phase(folder, "sprung")
                note(record, "closed")
                pins.close(PIN)
            else:
                wait_for_phase(folder, "armed")
                note(record, "open")
                pins.open(PIN, BOUNCES["reed"])


def wait_for_phase(folder: Path, phase: str) -> None:
    pause = threading.Event()
    while True:
        db = sqlite3.connect(folder / "data" / "outbox.sqlite3", timeout=10)
        try:
            if db.execute("SELECT phase FROM phase").fetchall() == [(phase,)]:
                return
        except sqlite3.OperationalError:
            pass  # not yet made
        finally:
            db.close()
        pause.wait(0.01)


def note(record: Path, word: str) -> None:
    with record.open("a") as file:
        file.write(f"{word}\n")
        file.flush()
        os.fsync(file.fileno())


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), "still" in sys.argv)
