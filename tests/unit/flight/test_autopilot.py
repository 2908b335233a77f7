"""Asking an autopilot that does not answer."""

from types import SimpleNamespace
from typing import Any

import pytest

from edge.errors import FlightError
from edge.flight.autopilot import Autopilot


class Silent(Autopilot):
    """One that is there, and says nothing. `sent` are the names of what it was sent."""

    def __init__(self) -> None:
        super().__init__("tcp:nowhere:1", 57_600, on_heard=lambda _news: None, uptime_s=lambda: 0.0)
        self.sent: list[str] = []

    @property
    def is_alive(self) -> bool:
        return True

    def send(self, message: str, *_fields: Any) -> None:
        self.sent.append(message)


@pytest.mark.parametrize(("called_off_after", "sent"), [(1, 1), (2, 2), (99, 4)])
def test_what_was_called_off_is_not_asked_for_again(monkeypatch, called_off_after, sent) -> None:
    """A start that is said again after a stop would have the drone fly on."""
    monkeypatch.setattr("edge.flight.autopilot._ANSWER_S", 0.01)
    autopilot = Silent()
    with pytest.raises(FlightError) as raised:
        autopilot.command(300, 0, 0, called_off=lambda: len(autopilot.sent) >= called_off_after)
    assert autopilot.sent == ["command_long"] * sent
    assert raised.value.reason == "link", "whether it was done is not known"


class Thread:
    def __init__(self, *, alive: bool) -> None:
        self.is_alive = lambda: alive


@pytest.mark.parametrize(
    ("reads", "writes", "alive"),
    [(Thread(alive=True), Thread(alive=True), True), (Thread(alive=False), Thread(alive=True), False),
     (Thread(alive=True), Thread(alive=False), False), (None, None, False)],
)  # fmt: skip
def test_a_connection_of_which_one_half_has_ended_is_gone(reads, writes, alive) -> None:
    """The library keeps quiet about it, and takes what is to be sent for ever."""
    autopilot = Autopilot("tcp:nowhere:1", 57_600, on_heard=lambda _news: None, uptime_s=lambda: 0.0)
    assert not autopilot.is_alive
    handler = SimpleNamespace(mavlink_thread_in=reads, mavlink_thread_out=writes)
    autopilot._vehicle = SimpleNamespace(_handler=handler)
    assert autopilot.is_alive is alive
