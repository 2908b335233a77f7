"""A storm over the whole service under load: parts are killed (-9) at random moments, the network is cut.

Afterwards every event of the agents' own records has to be in the database exactly once, and every firing to have its
mail. `python -m tests.faults.storm` runs the long form and prints what it found as JSON.
"""

import argparse
import contextlib
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from simulators.enrolment import NewDevice, enrolled_agents, registered_devices
from simulators.fleet.load import Load
from simulators.fleet.record import Published, Record, read_record
from simulators.fleet.run import Fleet, join_hub
from simulators.hub_api import HubApi
from tests.acceptance.service import Ports, Service, running_service
from tests.faults import evidence
from tests.faults.crew import Crew, Member
from tests.faults.hunters import Hunters
from tests.faults.proxy import Proxy
from tests.servers import free_port, wait_until

VICTIMS = ("ingest", "worker", "web", "broker", "database", "agent")
_COMMANDS = {
    "ingest": ("hub", "ingest"),
    "worker": ("hub", "worker"),
    "web": ("hub", "web"),
    "broker": ("mosquitto -c",),
    "database": ("postgres -D",),
}


@dataclass(frozen=True)
class Plan:
    """What to do to the service. `gap_s` is the greatest pause between two blows; `rate` is in readings a second."""

    seed: int
    kills_each: int = 1
    cut_s: float = 3.0
    gap_s: float = 2.5
    rate: float = 1000.0
    pace_s: float = 3.0
    settle_s: float = 60.0


@dataclass
class Report:
    """What happened and what was found; all lists are empty when nothing was lost."""

    seed: int
    kills: dict[str, int]
    cut_s: float
    load_readings: int = 0
    load_messages: int = 0
    agent_readings: int = 0
    agent_events: int = 0
    firings: int = 0
    mails: int = 0
    took_s: float = 0.0
    missing_events: list[str] = field(default_factory=list)
    unknown_firings: list = field(default_factory=list)
    wrong_readings: list[str] = field(default_factory=list)
    missing_load: list[str] = field(default_factory=list)
    without_mail: list[str] = field(default_factory=list)
    miscounted: dict[str, tuple[int, int, int]] = field(default_factory=dict)

    @property
    def losses(self) -> dict[str, object]:
        """Everything that must be empty and is not."""
        names = ("missing_events", "unknown_firings", "wrong_readings", "missing_load", "without_mail", "miscounted")
        return {name: found for name in names if (found := getattr(self, name))}


class Storm:
    """The service behind a bad network, with a crew of agents, a fleet and hunters."""

    def __init__(self, folder: Path, plan: Plan, say: Callable[[str], None] = lambda _line: None) -> None:
        self.folder, self.plan, self.say = folder, plan, say
        self.chance = random.Random(plan.seed)
        self.report = Report(plan.seed, dict.fromkeys(VICTIMS, 0), plan.cut_s)

    def run(self) -> Report:
        """Set up, blow, wait for calm, look."""
        began = time.monotonic()
        ports = Ports(free_port(), free_port())
        self.proxy = Proxy(ports.mqtt)
        self.proxy.start()
        try:
            environment = {"WANAMORI_AGENT_MQTT_PORT": str(self.proxy.port)}
            with running_service(self.folder / "service", ports=ports, environment=environment) as self.service:
                self._blow_over(self.service)
        finally:
            self.proxy.stop()
        self.report.took_s = round(time.monotonic() - began, 1)
        return self.report

    def _blow_over(self, service: Service) -> None:
        person = {"name": "storm", "roles": ["hunter"], "email": "storm@town.example", "language": "ja"}
        service.api.post("/api/v1/people", json=person).raise_for_status()
        crew = self.crew = Crew(self.folder / "crew", enrolled_crew(service, self.folder / "crew"))
        hunters = Hunters(service, crew, self.plan.pace_s, self.plan.seed)
        load = LoadThread(service, self.folder, self.plan.rate)
        crew.start()
        try:
            wait_until(lambda: all(crew.phase(trap) == "armed" for trap in crew.traps), "traps are not armed", 600, 0.1)
            load.start()
            hunters.start()
            self._blows(service)
            hunters.finish(self.plan.settle_s)
            published = load.finish(self.plan.settle_s)
            wait_until(lambda: crew.waiting() == 0, "the agents' outboxes do not empty", 600, 0.1)
        finally:
            crew.stop()
            load.stop()
            hunters.stop()
        self._look(service, hunters, published)

    # -- blows

    def _blows(self, service: Service) -> None:
        blows = [victim for victim in VICTIMS for _ in range(self.plan.kills_each)] + ["cut", "reset"]
        self.chance.shuffle(blows)
        pause = threading.Event()
        for blow in blows:
            pause.wait(self.chance.uniform(0.2, self.plan.gap_s))
            self.say(f"{blow}; {len(service.mailbox.mails())} mails so far")
            if blow == "cut":
                self.proxy.cut()
                pause.wait(self.plan.cut_s)
                self.proxy.heal()
            elif blow == "reset":
                self.proxy.delay_s = 0.2
                self.proxy.reset()
                pause.wait(1.0)
                self.proxy.delay_s = 0.0
            elif blow == "agent":
                self.crew.kill()
                pause.wait(self.chance.uniform(0.0, 1.0))
                self.crew.start()
                self.report.kills[blow] += 1
            else:
                self._kill(service, blow)

    def _kill(self, service: Service, victim: str) -> None:
        """Kill one of its processes; one that is just being started again is waited for."""

        def strike() -> bool:
            found = service.pids(*_COMMANDS[victim])
            with contextlib.suppress(ProcessLookupError):  # it ended by itself a moment ago
                if found:
                    os.kill(self.chance.choice(sorted(found)), signal.SIGKILL)
                    return True
            return False

        wait_until(strike, f"no {victim} to kill", 600, 0.1)
        self.report.kills[victim] += 1

    # -- looking

    def _look(self, service: Service, hunters: Hunters, published: list[Published]) -> None:
        report, recorded, traps = self.report, list(self.crew.record()), self.crew.traps
        messages = [one.message for one in recorded]
        report.load_messages, report.load_readings = len(published), sum(len(one.times) for one in published)
        report.agent_events = sum(1 for message in messages if message.kind != "readings")
        report.agent_readings = sum(len(message.data.times) for message in messages if message.kind == "readings")
        report.firings, report.mails = hunters.firings, len(service.mailbox.mails())
        report.missing_events = evidence.missing_events(service, recorded)
        report.unknown_firings = evidence.unknown_firings(service, recorded, traps)
        report.wrong_readings = evidence.wrong_readings(service, recorded)
        report.missing_load = evidence.missing_load(service, published)
        report.without_mail = evidence.incidents_without_mail(service, traps)
        kept = Counter(message.device for message in messages if message.kind == "sprung")
        opened = Counter(trap for _, trap in evidence.incidents_of(service, traps))
        for case in hunters.cases:
            counts = (case.firings, kept[case.trap], opened[case.trap])
            if len(set(counts)) != 1:
                report.miscounted[case.trap] = counts


class LoadThread:
    """A fleet that measures until it is told that it is enough, and then waits for its receipts."""

    def __init__(self, service: Service, folder: Path, rate: float, agents: int = 10) -> None:
        self._record = folder / "load.jsonl"
        api = HubApi(service.http, service.token)
        self._credentials = join_hub(api, folder / "load", agents, traps=False)
        self._load = Load(agents, rate, 20)
        self._stop, self._enough = threading.Event(), threading.Event()
        self.receipted = False
        self._thread = threading.Thread(target=self._run, name="load")

    def start(self) -> None:
        self._thread.start()

    def finish(self, seconds: float) -> list[Published]:
        """End the measuring; all that was published, once all of it has its receipt."""
        self._enough.set()
        self._thread.join(seconds + 60)
        assert self.receipted, "the load has not got all its receipts"
        return read_record(self._record)[0]

    def stop(self) -> None:
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(30)

    def _run(self) -> None:
        with Record(self._record) as record:
            fleet = Fleet(self._load, self._credentials, record, lambda _line: None, drain_s=120.0)
            self.receipted = fleet.run(self._stop, self._enough)


def enrolled_crew(service: Service, folder: Path, agents: int = 2, traps: int = 4) -> list[Member]:
    """So many agents with their traps, and a station each."""
    api = HubApi(service.http, service.token)
    names = [f"storm-{number}" for number in range(agents)]
    credentials = enrolled_agents(api, folder / "credentials", names)
    members = [
        Member(name, credentials[name], tuple(f"{name}-trap-{trap}" for trap in range(traps)), f"{name}-field")
        for name in names
    ]
    devices = [NewDevice(trap, member.name, "trap", trap, 35.35, 139.98) for member in members for trap in member.traps]
    devices += [NewDevice(str(one.station), one.name, "station", str(one.station), 35.35, 139.98) for one in members]
    registered_devices(api, credentials, devices)
    return members


def main() -> int:
    """Run a storm from the command line; exit code 1 when something was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=10, help="of each part (10)")
    parser.add_argument("--cut", type=float, default=300.0, help="seconds without a network (300)")
    parser.add_argument("--rate", type=float, default=1000.0, help="readings a second beside it (1000)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    given = parser.parse_args()
    plan = Plan(given.seed, given.kills, given.cut, gap_s=8.0, rate=given.rate, settle_s=240.0)
    with tempfile.TemporaryDirectory(prefix="storm-") as folder:
        Path(folder).chmod(0o711)  # the servers run as another user
        report = Storm(Path(folder), plan, lambda line: print(line, file=sys.stderr, flush=True)).run()
    print(json.dumps(asdict(report), indent=2, default=str))
    return 1 if report.losses else 0


if __name__ == "__main__":
    sys.exit(main())
