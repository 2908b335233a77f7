"""A drone in the configuration of an agent that has no libraries for it."""

import sys
from pathlib import Path
from typing import Any

import pytest

from edge.__main__ import main
from edge.config import load_config
from edge.errors import ConfigError
from edge.flights import Flights
from tests.unit.flight.orders import moment

DRONE = """
[[flights]]
device = "drone-1"
connection = "tcp:127.0.0.1:1"
fence = [[139.95, 35.37], [139.96, 35.37], [139.96, 35.38]]
"""
NEEDED = r"drones need the extra: pip install 'wanamori\[edge,flight\]' \(.+\)"


@pytest.fixture
def config(tmp_path: Path, monkeypatch) -> Path:
    for name in ("duty", "trying"):
        monkeypatch.setitem(sys.modules, f"edge.flight.{name}", None)
    path = tmp_path / "agent.toml"
    path.write_text(DRONE)
    return path


def test_the_agent_does_not_start(config: Path) -> None:
    nobody: Any = None
    with pytest.raises(ConfigError, match=NEEDED):
        Flights(
            load_config(config), nobody, nobody, moment, [], on_said=nobody, on_kept=nobody, on_status=nobody
        )  # fmt: skip


def test_the_check_says_it_of_the_drone_and_goes_on(config: Path, capsys) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["check", "--config", str(config)])
    assert stopped.value.code == 2
    said = capsys.readouterr()
    assert "autopilot: drones need the extra: pip install 'wanamori[edge,flight]' (" in said.out
    assert "1 of the sensors and lines could not be read" in said.err
