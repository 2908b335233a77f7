"""How long a link waits before it connects again, and what it says of that. Without a network."""

import logging

import pytest

from edge.config import LinkConfig
from edge.errors import ConfigError
from edge.link.staying import Staying

LINK = LinkConfig(retry_first_s=1, retry_most_s=8, refused_s=300)
LOG = logging.getLogger("tests.staying")


class World:
    """A clock and a stop; each of `stays` is how long a connection lasts, and whether it is refused."""

    def __init__(self, *stays: tuple[float, bool]) -> None:
        self.stays, self.now_s = list(stays), 0.0
        self.waits: list[float] = []
        self.staying = Staying(LINK, "there", LOG, uptime_s=lambda: self.now_s)

    def stay(self) -> None:
        lasts_s, refused = self.stays.pop(0)
        self.now_s += lasts_s
        if refused:
            self.staying.refused = True

    def wait(self, wait_s: float) -> None:
        self.waits.append(wait_s)

    def run(self) -> list[float]:
        self.staying.run(self.stay, lambda: not self.stays, self)
        return self.waits


@pytest.mark.parametrize(
    ("stays", "waits"),
    [
        ([(0, False)] * 6, [1, 2, 4, 8, 8]),
        ([(0, False), (0, False), (31, False), (0, False), (0, False)], [1, 2, 1, 2]),
        ([(0, False), (30, False), (0, False)], [1, 2]),
        ([(0, False)] * 9 + [(0, True)] * 2 + [(0, False)] * 2, [1, 2, 4, 8, 8, 8, 8, 8, 8, 300, 300, 8]),
        ([(0, False)], []),
        ([], []),
    ],
)
def test_how_long_is_waited(monkeypatch, stays, waits) -> None:
    monkeypatch.setattr("edge.host.chance", lambda: 0.0)
    assert World(*stays).run() == waits


def test_agents_drift_apart(monkeypatch) -> None:
    monkeypatch.setattr("edge.host.chance", lambda: 1.0)
    assert World((0, False), (0, False)).run() == [1.25]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError("no route"), "no connection to there: no route"),
        (ConfigError("no password"), "no password"),
        (ValueError("bad bytes"), "the connection to there broke: ValueError('bad bytes')"),
    ],
)
def test_what_fails_is_said_once_until_the_connection_was_there(caplog, error, said) -> None:
    staying = World().staying

    def fail() -> None:
        with staying.saying_what_fails():
            raise error

    with caplog.at_level(logging.INFO, LOG.name):
        fail()
        fail()
        staying.is_there()
        fail()
    assert caplog.messages == [said, "connected to there", said]
