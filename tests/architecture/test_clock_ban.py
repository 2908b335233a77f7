"""Only three files read a clock; ruff holds it, and this holds ruff's settings."""

import subprocess
import sys

import pytest

from tests.architecture.tree import ROOT

READERS = ("hub/clock.py", "edge/agent.py", "simulators/clock.py")


def _bans(source: str, path: str) -> int:
    argv = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--select",
        "TID251",
        "--stdin-filename",
        path,
        "--output-format",
        "concise",
        "-",
    ]
    done = subprocess.run(argv, cwd=ROOT, input=source, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout.count("TID251")


@pytest.mark.parametrize(
    "source",
    [
        "import time\ntime.time()\n",
        "import time as t\nt.monotonic()\n",
        "from time import sleep\nsleep(1)\n",
        "from datetime import UTC, datetime\ndatetime.now(UTC)\n",
        "import datetime\ndatetime.datetime.utcnow()\n",
        "from datetime import date\ndate.today()\n",
    ],
)
def test_a_clock_is_read_by_its_readers_only(source: str) -> None:
    assert _bans(source, "hub/alerts/escalation.py") == 1
    assert _bans(source, "edge/core/debounce.py") == 1
    assert _bans(source, "simulators/town/day.py") == 1
    assert [reader for reader in READERS if _bans(source, reader)] == []
