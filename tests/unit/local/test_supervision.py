"""What is started, signalled and waited for next: the supervisor's decisions, without a process."""

import signal
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.local.supervision import (
    FIRST_PAUSE_S,
    HEALTHY_AFTER_S,
    LAST_KILL_S,
    LONGEST_PAUSE_S,
    MOST_FAILURES_AT_START,
    AllUp,
    Effect,
    Exited,
    Fail,
    Finish,
    Input,
    Part,
    Phase,
    Ready,
    Signal,
    Start,
    State,
    Stop,
    Tick,
    Went,
    decide,
    initial,
    next_due,
)

PARTS = (
    Part("make", task=True),
    Part("database", after=("make",), wave=1, stop=((signal.SIGINT, 8.0), (signal.SIGQUIT, LAST_KILL_S))),
    Part("broker", wave=1, stop=((signal.SIGTERM, 8.0), (signal.SIGKILL, LAST_KILL_S))),
    Part("prepare", after=("database",), task=True),
    Part("web", after=("prepare", "broker")),
    Part("worker", after=("prepare", "broker")),
)


@dataclass
class Run:
    """A state that goes on; `effects` of the last input."""

    state: State = field(default_factory=lambda: initial(PARTS))
    now: float = 100.0
    effects: list[Effect] = field(default_factory=list)

    def take(self, happened: Input, later_s: float = 0.0) -> list[Effect]:
        self.now += later_s
        self.state, self.effects = decide(self.state, happened, self.now)
        return self.effects

    def phase(self, name: str) -> Phase:
        return self.state.states[name].phase


def all_up() -> Run:
    run = Run()
    run.take(Tick())
    for happened in (Exited("make", ok=True), Ready("broker"), Ready("database"), Exited("prepare", ok=True)):
        run.take(happened)
    run.take(Ready("web"))
    assert AllUp() in run.take(Ready("worker"))
    return run


def test_each_part_waits_for_what_it_needs() -> None:
    run = Run()
    assert run.take(Tick()) == [Start("make"), Start("broker")]
    assert run.take(Exited("make", ok=True)) == [Start("database")]
    assert run.take(Ready("broker")) == []
    assert run.take(Ready("database")) == [Start("prepare")]
    assert run.take(Exited("prepare", ok=True)) == [Start("web"), Start("worker")]
    assert run.take(Ready("worker")) == []
    assert run.take(Ready("web")) == [AllUp()]
    assert run.take(Tick(), later_s=1000) == []
    assert next_due(run.state) is None


def test_a_task_that_fails_ends_the_start() -> None:
    run = Run()
    run.take(Tick())
    assert run.take(Exited("make", ok=False)) == [Fail("make"), Signal("broker", signal.SIGTERM)]
    assert run.take(Exited("broker", ok=True)) == [Finish(1)]


def test_a_part_that_dies_is_started_again_after_growing_pauses() -> None:
    run = all_up()
    pauses = []
    for _ in range(12):
        effects = run.take(Exited("web", ok=False), later_s=1)
        pauses += [effect.pause_s for effect in effects if isinstance(effect, Went)]
        assert run.take(Tick(), later_s=pauses[-1] - 0.01) == []
        assert run.take(Tick(), later_s=0.02) == [Start("web")]
        run.take(Ready("web"))
    assert pauses[:4] == [FIRST_PAUSE_S, FIRST_PAUSE_S * 2, FIRST_PAUSE_S * 4, FIRST_PAUSE_S * 8]
    assert pauses[-1] == LONGEST_PAUSE_S


def test_a_part_that_was_up_for_long_starts_with_the_shortest_pause() -> None:
    run = all_up()
    for _ in range(5):
        assert run.take(Exited("web", ok=False), later_s=HEALTHY_AFTER_S) == [Went("web", FIRST_PAUSE_S)]
        run.take(Tick(), later_s=FIRST_PAUSE_S)
        run.take(Ready("web"))


def test_a_dead_database_takes_nobody_with_it() -> None:
    run = all_up()
    assert run.take(Exited("database", ok=False)) == [Went("database", FIRST_PAUSE_S)]
    assert [run.phase(name) for name in ("web", "worker", "broker")] == [Phase.UP] * 3
    assert run.take(Tick(), later_s=1) == [Start("database")]
    assert run.take(Ready("database")) == []  # not announced a second time


def test_what_dies_while_the_broker_is_away_waits_for_it() -> None:
    run = all_up()
    run.take(Exited("broker", ok=False))
    run.take(Exited("worker", ok=False))
    assert run.take(Tick(), later_s=10) == [Start("broker")]
    assert run.take(Ready("broker")) == [Start("worker")]


def test_a_part_that_never_comes_up_ends_the_start() -> None:
    run = Run()
    run.take(Tick())
    for _ in range(MOST_FAILURES_AT_START - 1):
        run.take(Exited("broker", ok=False))
        assert Start("broker") in run.take(Tick(), later_s=LONGEST_PAUSE_S)
    assert run.take(Exited("broker", ok=False))[0] == Fail("broker")


def test_a_stop_goes_wave_by_wave() -> None:
    run = all_up()
    assert run.take(Stop()) == [Signal("web", signal.SIGTERM), Signal("worker", signal.SIGTERM)]
    assert run.take(Exited("web", ok=True)) == []
    assert run.take(Exited("worker", ok=True)) == [Signal("database", signal.SIGINT), Signal("broker", signal.SIGTERM)]
    run.take(Exited("database", ok=True))
    assert run.take(Exited("broker", ok=True)) == [Finish(0)]


def test_what_does_not_stop_is_killed_in_time() -> None:
    run = all_up()
    run.take(Stop())
    sent: list[tuple[float, Effect]] = []
    began = run.now
    while run.now - began < LAST_KILL_S:
        run.now = max(run.now, next_due(run.state) or 0)
        sent += [(run.now - began, effect) for effect in run.take(Tick())]
    assert (4.0, Signal("web", signal.SIGKILL)) in sent
    assert (6.0, Signal("database", signal.SIGINT)) in sent
    assert (8.0, Signal("database", signal.SIGQUIT)) in sent
    assert {effect for at, effect in sent if at == LAST_KILL_S} >= {
        Signal(name, signal.SIGKILL) for name in ("database", "broker", "web", "worker")
    }


def test_a_second_request_hurries() -> None:
    run = all_up()
    run.take(Stop())
    run.take(Stop(), later_s=0.5)
    assert (next_due(run.state) or 0) <= run.now
    run.take(Tick())
    assert Signal("database", signal.SIGKILL) in run.take(Tick(), later_s=1.0)


def test_nothing_is_started_once_stopping_began() -> None:
    run = Run()
    run.take(Tick())
    run.take(Stop())
    for happened in (Exited("make", ok=True), Exited("broker", ok=False)):
        assert [effect for effect in run.take(happened) if isinstance(effect, Start | Went)] == []
    assert run.effects == [Finish(0)]


NAMES = st.sampled_from([part.name for part in PARTS])
INPUTS = st.one_of(
    st.just(Tick()), st.builds(Ready, NAMES), st.builds(Exited, NAMES, st.booleans()), st.just(Stop()), st.just(Stop(3))
)


@settings(max_examples=300)
@given(st.lists(st.tuples(INPUTS, st.floats(0, 20)), max_size=60))
def test_whatever_happens_processes_and_states_agree(story: list[tuple[Input, float]]) -> None:
    run, running = Run(), set[str]()

    def carry_out() -> None:
        for effect in run.effects:
            if isinstance(effect, Start):
                assert effect.name not in running, "started twice"
                assert all(run.phase(name) in (Phase.UP, Phase.DONE) for name in run.state.parts[effect.name].after)
                assert run.state.stop_at is None, "started while stopping"
                running.add(effect.name)
            elif isinstance(effect, Signal):
                assert effect.name in running, "a signal for nobody"
            elif isinstance(effect, Finish):
                assert not running, "finished with something left"

    for happened, later_s in [(Tick(), 0.0), *story]:
        if isinstance(happened, Ready | Exited) and happened.name not in running:
            continue  # only what runs can say or do something
        if isinstance(happened, Exited):
            running.discard(happened.name)
        run.take(happened, later_s)
        carry_out()

    # and from wherever it is, a stop always ends
    run.take(Stop())
    carry_out()
    for name in sorted(running):
        running.discard(name)
        run.take(Exited(name, ok=False))
        carry_out()
    assert any(isinstance(effect, Finish) for effect in run.effects)
