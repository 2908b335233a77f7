"""Hunters that never tire: they set traps, wait for the mail of each firing, record what was found, and go again."""

import random
import threading
from dataclasses import dataclass, field

import httpx

from tests.acceptance.service import Service
from tests.faults.crew import Crew

_LOOK_S = 0.1


@dataclass
class Case:
    """One trap's turn: `set`, `fired` (its wire is open), `reported` (the wire is closed, the agent has to notice)."""

    trap: str
    turn: str = "set"
    firings: int = 0
    incident: str | None = None


@dataclass
class Hunters:
    """Plays all traps of a crew in a thread of its own, however often the hub or the agents go away."""

    service: Service
    crew: Crew
    pace_s: float
    seed: int
    cases: list[Case] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _no_more: threading.Event = field(default_factory=threading.Event)
    _failure: BaseException | None = None
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; every trap has to be set (closed) and noticed by its agent."""
        self.cases = [Case(trap) for trap in self.crew.traps]
        self._thread = threading.Thread(target=self._run, name="hunters")
        self._thread.start()

    def stop(self) -> None:
        """End at once."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(30)

    def finish(self, seconds: float) -> None:
        """Fire no more, bring every open case to its end."""
        assert self._thread
        self._no_more.set()
        self._thread.join(seconds)
        self.stop()
        if self._failure:
            raise self._failure
        left = [case for case in self.cases if case.turn != "set"]
        assert not left, f"cases that never ended: {left}\n{self.service.tail()}"

    @property
    def firings(self) -> int:
        return sum(case.firings for case in self.cases)

    def _run(self) -> None:
        chance = random.Random(self.seed)
        try:
            with self.service.client(self.service.token) as api:
                while not self._stop.is_set():
                    if self._no_more.is_set() and all(case.turn == "set" for case in self.cases):
                        return
                    incidents = self._open_incidents(api)
                    for case in self.cases:
                        self._turn(api, case, chance, incidents)
                    self._stop.wait(_LOOK_S)
        except BaseException as error:  # noqa: BLE001  # told by finish
            self._failure = error

    def _turn(self, api: httpx.Client, case: Case, chance: random.Random, incidents: dict[str, str]) -> None:
        if case.turn == "set":
            armed = self.crew.phase(case.trap) == "armed"
            if armed and not self._no_more.is_set() and chance.random() < _LOOK_S / self.pace_s:
                case.firings, case.turn, case.incident = case.firings + 1, "fired", None
                self.crew.move(case.trap, is_open=True)
        elif case.turn == "fired":
            case.incident = case.incident or incidents.get(case.trap)
            if case.incident and self._has_mail(case.incident) and self._reported(api, case.incident):
                self.crew.move(case.trap, is_open=False)
                case.turn = "reported"
        elif self.crew.phase(case.trap) == "armed":
            case.turn = "set"

    def _open_incidents(self, api: httpx.Client) -> dict[str, str]:
        """The unresolved firing of each trap, where somebody waits for one."""
        if all(case.turn != "fired" or case.incident for case in self.cases):
            return {}
        answer = self._ask(api, "GET", "/api/v1/incidents?state=open&limit=100")
        found = answer.json()["items"] if answer is not None and answer.is_success else []
        return {one["device"]: one["id"] for one in found if one["kind"] == "trap_sprung"}

    def _has_mail(self, incident: str) -> bool:
        return any(f"/incidents/{incident}" in mail.text for mail in reversed(self.service.mailbox.mails()))

    def _reported(self, api: httpx.Client, incident: str) -> bool:
        answer = self._ask(api, "POST", f"/api/v1/incidents/{incident}/resolve", {"outcome": "empty"})
        # 409: it was recorded when an earlier answer got lost
        return answer is not None and answer.status_code in (200, 409)

    def _ask(self, api: httpx.Client, method: str, path: str, body: dict | None = None) -> httpx.Response | None:
        """The answer, or None from a hub that has just been killed."""
        try:
            return api.request(method, path, json=body, timeout=10)
        except httpx.TransportError:
            return None
