"""What a trap's line means: once sprung until a person sets it again."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from edge.core.trap import TRANSITIONS, LineChanged, Reset, Rules, Sprung, Trap, decide_trap, due_at_s, line_of

RULES = Rules(settle_s=0.05, reset_after_s=30.0, tamper_after_s=3600.0)
BUTTON = replace(RULES, has_button=True)


def play(steps, trap=None, rules=RULES):
    """Feed (uptime, open?, pressed?) steps as the duty does: on each change, and whenever something
    is due in between.
    """
    trap, effects = trap or Trap(), []
    for at_s, is_open, is_pressed in steps:
        while (due := due_at_s(trap, rules)) is not None and due < at_s:
            before = trap
            trap, more = decide_trap(trap, bool(trap.wire.raw), bool(trap.button.raw), due, rules)
            effects += more
            if trap == before:
                break
        trap, more = decide_trap(trap, is_open, is_pressed, at_s, rules)
        effects += more
    return trap, [effect for effect in effects if not isinstance(effect, LineChanged)], effects


def closed(at_s):
    return (at_s, False, False)


def opened(at_s):
    return (at_s, True, False)


def armed() -> Trap:
    return play([closed(0.0), closed(1.0)])[0]


def sprung() -> Trap:
    return play([opened(10.0), opened(11.0)], armed())[0]


def test_a_trap_is_armed_once_its_line_was_closed_and_says_nothing_of_it() -> None:
    trap, events, effects = play([closed(0.0), closed(1.0)])
    assert trap.phase == "armed"
    assert events == []
    assert effects == [LineChanged("closed")]


def test_a_trap_that_was_never_set_does_not_spring() -> None:
    trap, events, effects = play([opened(0.0), opened(5.0)])
    assert trap.phase == "new"
    assert events == []
    assert effects == [LineChanged("open")]


def test_the_line_opens_and_the_trap_has_sprung() -> None:
    trap, events, _ = play([opened(10.0), opened(11.0)], armed())
    assert trap.phase == "sprung"
    assert events == [Sprung(10.0, 1)]


def test_a_spring_that_happened_while_nobody_watched_is_noticed_at_the_start() -> None:
    trap, events, _ = play([opened(100.0), opened(101.0)], Trap(phase="armed"))
    assert trap.phase == "sprung"
    assert events == [Sprung(100.0, 1)]


def test_a_sprung_trap_stays_so_over_a_restart() -> None:
    _, events, _ = play([opened(100.0), opened(5000.0)], Trap(phase="sprung"))
    assert events == []


def test_the_line_held_closed_sets_the_trap_again() -> None:
    trap, events, _ = play([closed(50.0), closed(100.0)], sprung())
    assert trap.phase == "armed"
    assert events == [Reset(80.0)]


def test_any_flicker_starts_the_hold_anew() -> None:
    steps = [closed(50.0), opened(79.0), closed(79.01), closed(100.0)]
    trap, events, _ = play(steps, sprung())
    assert trap.phase == "sprung"
    assert events == []
    assert play([closed(120.0)], trap)[1] == [Reset(109.01)]


def test_a_struggling_animal_closes_the_line_now_and_then_and_resets_nothing() -> None:
    steps = [step for i in range(40) for step in (closed(50.0 + 20 * i), opened(70.0 + 20 * i - 0.5))]
    trap, events, _ = play(steps, sprung())
    assert trap.phase == "sprung"
    assert events == []


def test_with_a_button_closing_the_line_alone_resets_nothing() -> None:
    trap, events, _ = play([closed(50.0), closed(5000.0)], sprung(), BUTTON)
    assert trap.phase == "sprung"
    assert events == []


def test_the_button_resets_at_once_while_the_line_is_closed() -> None:
    trap, events, _ = play([closed(50.0), (60.0, False, True), (60.2, False, True)], sprung(), BUTTON)
    assert trap.phase == "armed"
    assert events == [Reset(60.05)]


def test_the_button_pressed_before_the_line_is_closed_counts_when_it_is() -> None:
    steps = [(60.0, True, True), (60.5, True, False), closed(70.0), closed(71.0)]
    trap, events, _ = play(steps, sprung(), BUTTON)
    assert trap.phase == "armed"
    assert events == [Reset(70.05)]


def test_the_button_of_an_armed_trap_says_nothing_and_is_not_kept_for_later() -> None:
    pressed = play([(5.0, False, True), (6.0, False, True), closed(7.0), closed(8.0)], armed(), BUTTON)[0]
    trap, events, _ = play([opened(10.0), opened(11.0), closed(20.0), closed(25.0)], pressed, BUTTON)
    assert trap.phase == "sprung"
    assert events == [Sprung(10.0, 1)]


def test_a_line_open_for_long_is_shown_as_tampered_with() -> None:
    trap, _, effects = play([opened(3000.0), opened(4000.0)], sprung())
    assert LineChanged("tampered") in effects
    assert line_of(trap, 4000.0, RULES) == "tampered"
    assert LineChanged("closed") in play([closed(4001.0), closed(4002.0)], trap)[2]


def test_every_way_leads_from_a_phase_to_a_phase() -> None:
    phases = {"new", "armed", "sprung"}
    assert {phase for phase, _ in TRANSITIONS} | {phase for phase, _ in TRANSITIONS.values()} == phases


gaps = st.floats(min_value=0.0, max_value=20.0, allow_nan=False)


@given(st.lists(st.tuples(gaps, st.booleans()), min_size=1, max_size=80))
def test_no_bouncing_makes_two_springs(bounces) -> None:
    """Without 30 s of closed line (gaps are at most 20 s) nobody has set the trap again, so it can spring only once."""
    at_s, steps = 10.0, [opened(10.0), opened(10.06)]
    is_open = True
    for gap, level in bounces:
        at_s += gap
        # Two looks at a closed line in a row would add up to a hold.
        is_open = level or not is_open
        steps.append((at_s, is_open, False))
    _, events, _ = play(steps, armed())
    assert [type(event) for event in events] == [Sprung]


@given(
    st.lists(st.tuples(st.floats(min_value=0.0, max_value=100.0), st.booleans(), st.booleans()), max_size=60),
    st.booleans(),
)
def test_springs_and_resets_alternate_whatever_happens(looks, has_button) -> None:
    at_s, steps = 0.0, []
    for gap, is_open, is_pressed in looks:
        at_s += gap
        steps.append((at_s, is_open, is_pressed))
    trap, events, _ = play(steps, armed(), BUTTON if has_button else RULES)
    kinds = [type(event) for event in events]
    assert kinds == [(Sprung, Reset)[i % 2] for i in range(len(kinds))]
    assert (trap.phase == "sprung") == (len(kinds) % 2 == 1)


@given(
    st.lists(st.tuples(st.floats(min_value=0.0, max_value=100.0), st.booleans(), st.booleans()), max_size=40),
    st.booleans(),
)
def test_looking_more_often_changes_nothing(looks, has_button) -> None:
    rules = BUTTON if has_button else RULES
    late = punctual = armed()
    late_effects, effects, at_s = [], [], 2.0
    for gap, is_open, is_pressed in looks:
        at_s += gap
        while (due := due_at_s(punctual, rules)) is not None and due < at_s:
            punctual, more = decide_trap(punctual, bool(punctual.wire.raw), bool(punctual.button.raw), due, rules)
            effects += more
        late, more = decide_trap(late, is_open, is_pressed, at_s, rules)
        late_effects += more
        punctual, more = decide_trap(punctual, is_open, is_pressed, at_s, rules)
        effects += more
    assert (late, late_effects) == (punctual, effects)


@given(st.lists(st.tuples(st.floats(min_value=0.0, max_value=1.0), st.booleans()), max_size=40))
def test_a_line_left_open_always_alarms(bounces) -> None:
    at_s, steps = 10.0, []
    for gap, level in bounces:
        at_s += gap
        steps.append((at_s, level, False))
    steps += [opened(at_s + 0.5), opened(at_s + 10)]
    assert any(isinstance(event, Sprung) for event in play(steps, armed())[1])
