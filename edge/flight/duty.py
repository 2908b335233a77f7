"""The flight duty: takes orders for one drone, has its autopilot carry them out, and tells what becomes of it.

One thread decides and never waits (edge.core.flying has the decisions); what takes time is done by
edge.flight.hands, what the vehicle says comes from its receiving thread into the same queue. The hub is not needed for
flying: the autopilot has the mission, and what is told waits in the outbox. An order is remembered on disk before it
is done.
"""

import hashlib
import logging
import queue
import threading
import uuid
from collections.abc import Callable
from typing import Protocol

from pydantic import BaseModel

from edge.config import FlightConfig
from edge.core.clock import Moment
from edge.core.draft import draft_flight
from edge.core.flying.camera import Trigger, decide_trigger
from edge.core.flying.machine import (
    Camera,
    Cancel,
    Decided,
    Effect,
    Launch,
    Prepare,
    Reply,
    SetMode,
    decide_job,
    decide_motion,
    decide_order,
    decide_restart,
    decide_tick,
    situation_of,
)
from edge.core.flying.orders import Accept, Again, Refuse, Settled, judge
from edge.core.flying.preflight import Facts, Limits, check_flight
from edge.core.flying.report import Report
from edge.core.flying.seen import Shot, Text, read_motion
from edge.core.flying.watch import Watch, decide_watch
from edge.errors import FlightError
from edge.flight.autopilot import Autopilot, CameraSet, Heard
from edge.flight.diary import Diary
from edge.flight.hands import Ended, Hands, Job
from edge.flight.signing import Signed, TownKey
from edge.keeper import Keeper
from edge.wire.orders import Bounds, CheckResult, FlightData, Mission, Order, ReplyData

__all__ = ["FlightDuty", "Surroundings"]

_LOG = logging.getLogger(__name__)

_TICK_S = 0.2
_FORGED_SAID_EVERY_S = 10.0
_TEND_EVERY_S = 5.0

News = bytes | Heard | Ended


class Surroundings(Protocol):
    """What a duty asks of its agent. None of it may block."""

    def wake(self) -> None:
        """Something has been kept to be sent."""
        ...

    def want_status(self, device: str, /) -> None:
        """A device's faults have changed."""
        ...

    def say(self, device: str, kind: str, data: BaseModel, event_id: str) -> None:
        """Send something now or never."""
        ...

    def wind_mps(self, station: str) -> float | None:
        """What a station of this agent last measured."""
        ...

    def disk_free_mb(self) -> float | None:
        """Room on the disk."""
        ...


class FlightDuty:
    """Flies one drone while `run` runs. Raises ConfigError when the town's key cannot be used."""

    # New ones for each run: those that were let go stay so.
    _autopilot: Autopilot
    _hands: Hands

    def __init__(
        self,
        config: FlightConfig,
        agent: str,
        key: str | None,
        keeper: Keeper,
        now: Callable[[], Moment],
        around: Surroundings,
    ) -> None:
        self.device, self.name = config.device, f"flight {config.device}"
        self.faults: tuple[str, ...] = ()
        self._config, self._agent, self._key = config, agent, TownKey(key)
        self._keeper, self._now, self._around = keeper, now, around
        self._limits = Limits(
            config.fence, config.highest_m, config.least_battery_percent, config.most_wind_mps,
            config.least_satellites, config.most_hdop, config.least_disk_mb,
        )  # fmt: skip
        self._bounds = Bounds(fence=list(config.fence), highest_m=config.highest_m)
        self._news: queue.SimpleQueue[News] = queue.SimpleQueue()
        self._diary = Diary(keeper, config.device)
        self._report = Report()
        self._watch, self._trigger = Watch(), Trigger()
        self._forged_said_s: float | None = None
        self.beat_s = self._ticked_s = self._tended_s = now().uptime_s

    def take(self, payload: bytes) -> None:
        """A command has come, from whomever."""
        self._news.put(payload)

    def nudge(self) -> None:
        """Wake the thread, so that it notices that it is to stop."""
        self._news.put(None)

    def run(self, stop: threading.Event) -> None:
        """Fly until `stop`."""
        self._autopilot, self._hands = self._new_parts()
        hands = threading.Thread(target=self._hands.run, name=f"{self.name} hands", daemon=True)
        hands.start()
        self._watch = Watch()
        self._follow(decide_restart(self._diary.flight))
        try:
            while not stop.is_set():
                self._take_news()
                self._tick()
        finally:
            self._hands.leave()
            hands.join(1.5)

    def _new_parts(self) -> tuple[Autopilot, Hands]:
        autopilot = Autopilot(
            self._config.connection,
            self._config.baud,
            on_heard=self._news.put,
            uptime_s=lambda: self._now().uptime_s,
        )
        return autopilot, Hands(autopilot, self._limits, self._config.rally, self._news.put)

    # -- news

    def _take_news(self) -> None:
        try:
            news = self._news.get(timeout=_TICK_S)
            while True:
                self._take(news)
                news = self._news.get_nowait()
        except queue.Empty:
            return

    def _take(self, news: News) -> None:
        match news:
            case bytes():
                self._take_command(news)
            case Shot():
                self._take_shot(news)
            case Text():
                self._report = self._report.with_text(news)
            case CameraSet():
                self._trigger = self._trigger.heard()
            case Ended():
                self._take_end(news)
            case None:
                pass

    def _take_shot(self, shot: Shot) -> None:
        flight = self._diary.flight
        if not flight.ours:
            return
        waiting = self._report.photos
        self._report, photos = self._report.with_shot(shot, flight.photos, self._now())
        if self._report.photos == waiting:
            return
        # The count is kept before the photo is told: a number told twice would be worse than a gap.
        self._diary.put_flight(flight.model_copy(update={"photos": photos}))
        self._tell(urgent=True)

    def _take_end(self, ended: Ended) -> None:
        now_s = self._now().uptime_s
        if ended.job.kind == "connect":
            self._watch = self._watch.tried(now_s, connected=ended.fault is None)
            if ended.fault is not None:
                self._set_faults(ended.fault[1])
            return
        checks = list(ended.checks)
        mission = self._diary.mission
        if ended.job.kind == "prepare" and ended.fault is None and mission is not None:
            checks = self._checks(mission, uploaded=True)
        self._follow(
            decide_job(
                self._diary.flight, ended.job.kind, ended.job.order or "", fault=ended.fault, items=ended.items,
                checks=checks,
            )
        )  # fmt: skip

    # -- orders

    def _take_command(self, payload: bytes) -> None:
        signed = self._key.read(payload)
        if isinstance(signed, Signed):
            self._take_order(signed.order, signed.digest)
        else:
            self._refuse_unread(signed)

    def _refuse_unread(self, reason: str) -> None:
        """Said seldom: whoever sends rubbish gets no say over this agent's airtime."""
        now_s = self._now().uptime_s
        if self._forged_said_s is not None and now_s - self._forged_said_s < _FORGED_SAID_EVERY_S:
            return
        self._forged_said_s = now_s
        _LOG.warning("a command for %s was refused: %s", self.device, reason)
        self._around.say(self.device, "reply", ReplyData(outcome="refused", reason=reason), uuid.uuid4().hex)

    def _take_order(self, order: Order, digest: str) -> None:
        now, seen, flight = self._now(), self._autopilot.seen, self._diary.flight
        memory = self._diary.memory.begun(now)
        situation = situation_of(flight, self._agent, self.device, seen)
        verdict = judge(order, digest, situation, self._limits, memory, now)
        if isinstance(verdict, Accept) and order.action == "fly":
            verdict = self._check_before(flight.phase, verdict)
        match verdict:
            case Again(reply):
                self._around.say(self.device, "reply", reply, self._reply_id(reply))
            case Refuse():
                self._refuse(order, digest, verdict)
            case Settled(reason):
                reply = ReplyData(order=order.id, outcome="done", reason=reason)
                self._diary.put_memory(memory.noted(order, digest, reply, now, acts=True))
                self._keep_reply(reply)
            case Accept():
                _LOG.info("%s for %s of %s, by %s", order.action, order.sortie, order.survey, order.person)
                reply = ReplyData(order=order.id, outcome="accepted")
                self._diary.put_memory(memory.noted(order, digest, reply, now, acts=True))
                self._follow(decide_order(flight, order, seen, now.uptime_s))

    def _check_before(self, phase: str, verdict: Accept) -> Accept | Refuse:
        mission = self._diary.mission
        checks = self._checks(mission, uploaded=phase == "ready") if mission is not None else []
        failed = [f"{check.name}: {check.detail}" for check in checks if not check.passed]
        return Refuse("preflight", "; ".join(failed), tuple(checks)) if failed or not checks else verdict

    def _refuse(self, order: Order, digest: str, refusal: Refuse) -> None:
        """A refusal is said, and not kept: the hub sends an order again until it has heard an answer."""
        reason, detail = refusal.reason, refusal.detail
        _LOG.warning("%s %s was refused: %s (%s)", order.action, order.id, reason, detail)
        reply = ReplyData(
            order=order.id, outcome="refused", reason=reason, detail=detail[:400], checks=list(refusal.checks)
        )
        if reason not in ("foreign", "repeated"):
            now = self._now()
            # So that what was refused once stays refused, whatever is better in the next second.
            self._diary.put_memory(self._diary.memory.begun(now).noted(order, digest, reply, now, acts=False))
        self._around.say(self.device, "reply", reply, self._reply_id(reply))

    def _checks(self, mission: Mission, *, uploaded: bool) -> list[CheckResult]:
        now, station = self._now(), self._config.wind_station
        faults = self._keeper.faults()
        facts = Facts(
            now_s=now.uptime_s,
            clock_is_set=now.clock == "set",
            disk_free_mb=self._around.disk_free_mb(),
            disk_fault="; ".join(faults) if faults else None,
            station_wind_mps=self._around.wind_mps(station) if station else None,
            uploaded=uploaded,
        )
        return check_flight(self._autopilot.seen, facts, mission, self._limits)

    # -- time passes

    def _tick(self) -> None:
        now = self._now()
        now_s, seen = now.uptime_s, self._autopilot.seen
        step_s, self._ticked_s, self.beat_s = now_s - self._ticked_s, now_s, now_s
        self._diary.put_memory(self._diary.memory.begun(now))
        if now_s - self._tended_s > _TEND_EVERY_S:
            self._tended_s = now_s
            self._diary.tend()
        self._watch, effects = decide_watch(
            self._watch, seen.heartbeat_s, seen.position_s, now_s, alive=self._autopilot.is_alive
        )
        for effect in effects:
            self._mind_link(effect)
        hears = not self._watch.is_lost
        if hears:
            flight = self._diary.flight
            motion = read_motion(seen, flight.first, flight.last, ours=flight.ours)
            self._follow(decide_motion(flight, motion, seen))
        self._follow(decide_tick(self._diary.flight, seen, now_s, step_s, hears=hears))
        self._trigger, every_m = decide_trigger(self._trigger, now_s, hears=hears)
        if every_m is not None:
            self._try(lambda: self._autopilot.trigger_camera(every_m))
        waiting = sum(len(self._keeper.fresh(outbox)) for outbox in self._keeper.outboxes())
        urgent, due = self._report.due(self._diary.flight.phase, waiting, now_s)
        if due:
            self._tell(urgent=urgent)

    def _mind_link(self, effect: str) -> None:
        match effect:
            case "connect":
                self._hands.give(Job("connect"))
            case "ask_streams":
                self._try(self._autopilot.ask_streams)
            case "lost":
                _LOG.warning("%s: the vehicle is not heard any more", self.device)
                self._set_faults("the vehicle is not heard")
                self._report = self._report.with_text(Text(3, "link to the vehicle lost"))
            case _:
                _LOG.info("%s: the vehicle is heard", self.device)
                self._set_faults()
                self._report = self._report.with_text(Text(4, "link to the vehicle is there"))

    def _set_faults(self, *faults: str) -> None:
        if faults != self.faults:
            self.faults = faults
            self._around.want_status(self.device)

    # -- doing

    def _follow(self, decided: Decided) -> None:
        """Remember where the flight stands, and then do what follows."""
        before = self._diary.flight.phase
        flight, effects = decided
        self._diary.put_flight(flight)
        for effect in effects:
            self._do(effect)
        if flight.phase != before:
            _LOG.info("%s: %s", self.device, flight.phase)
            self._tell(urgent=True)

    def _do(self, effect: Effect) -> None:
        match effect:
            case Reply(data):
                self._diary.put_memory(self._diary.memory.replied(data))
                self._keep_reply(data)
            case Prepare(order):
                self._diary.put_mission(order.mission)
                self._hands.give(Job("prepare", order.id, order.mission))
            case Launch(order):
                self._launch(Job("launch", order, self._diary.mission))
            case Cancel():
                self._hands.cancel()
            case SetMode(mode):
                self._try(lambda: self._autopilot.ask_mode(mode))
            case Camera(every_m):
                self._trigger = Trigger(every_m)

    def _launch(self, job: Job) -> None:
        """It may have waited for its turn: what held when it was ordered must hold now."""
        verdict = self._check_before("ready", Accept())
        if isinstance(verdict, Refuse):
            self._news.put(Ended(job, (verdict.reason, verdict.detail), checks=verdict.checks))
        else:
            self._hands.give(job)

    def _try(self, send: Callable[[], None]) -> None:
        """What is sent without waiting; if the link is gone in this moment, the watch finds it too."""
        try:
            send()
        except FlightError as error:
            _LOG.debug("%s: %s", self.device, error)

    # -- telling

    def _keep_reply(self, reply: ReplyData) -> None:
        _LOG.log(
            logging.INFO if reply.outcome in ("accepted", "done") else logging.WARNING,
            "order %s: %s %s", reply.order, reply.outcome, reply.reason or "",
        )  # fmt: skip
        draft = draft_flight(self.device, "reply", reply, self._now(), self._reply_id(reply), urgent=True)
        self._keeper.append(draft)
        self._around.wake()

    def _reply_id(self, reply: ReplyData) -> str:
        """The same for the same answer, so that the hub takes one that was said again for what it is."""
        words = f"{self._agent}/{self.device}/{reply.order}/{reply.outcome}/{reply.reason}"
        return hashlib.sha256(words.encode()).hexdigest()[:32]

    def _tell(self, *, urgent: bool) -> None:
        now, seen = self._now(), self._autopilot.seen
        self._report, data = self._report.compose(self._diary.flight, seen, now, self._bounds)
        self._keep_moment(data, now, urgent=urgent)

    def _keep_moment(self, data: FlightData, now: Moment, *, urgent: bool) -> None:
        self._keeper.append(draft_flight(self.device, "flight", data, now, uuid.uuid4().hex, urgent=urgent))
        self._around.wake()
