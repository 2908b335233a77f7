"""What a trap's line means. Pure.

The line is closed while the trap is set and opens when it springs (or when somebody cuts the wire, which is why closed
is the quiet state). The machine, from which the diagram in the docs is drawn:

1. `new`: never seen closed, so never set; an open line is a trap still in the shed.
2. `armed`: the line has settled closed. It opens: *sprung*, once, however often it bounces.
3. `sprung`: lasts until a person sets the trap again. Without a reset button that is the line closed for
   `reset_after_s`, which a struggling animal does not manage; with one it is the button, pressed while the line is
   closed or before it closes.

A line open for `tamper_after_s` is shown as tampered with, whatever the phase: nobody leaves a trap like that.
"""

from dataclasses import dataclass, field, replace
from typing import Literal

from edge.core.debounce import Debounce, decide_level, settles_at_s

__all__ = [
    "TRANSITIONS", "Effect", "Line", "LineChanged", "Phase", "Reset", "Rules", "Sprung", "Trap",
    "decide_trap", "due_at_s", "line_of",
]  # fmt: skip

Phase = Literal["new", "armed", "sprung"]
Line = Literal["closed", "open", "tampered", "fault"]
Happening = Literal["opened", "closed", "set_again"]

TRANSITIONS: dict[tuple[Phase, Happening], tuple[Phase, Literal["sprung", "reset"] | None]] = {
    ("new", "closed"): ("armed", None),
    ("armed", "opened"): ("sprung", "sprung"),
    ("sprung", "set_again"): ("armed", "reset"),
}


@dataclass(frozen=True, slots=True)
class Rules:
    """A trap's settings, in seconds; see TrapConfig."""

    settle_s: float
    reset_after_s: float
    tamper_after_s: float
    has_button: bool = False


@dataclass(frozen=True, slots=True)
class Trap:
    """One trap as the agent knows it; only `phase` outlives a restart. Lines are true when open,
    buttons when pressed.
    """

    phase: Phase = "new"
    wire: Debounce = field(default_factory=Debounce)
    button: Debounce = field(default_factory=Debounce)
    settled_at_s: float = 0.0
    asked: bool = False
    line: Line | None = None


@dataclass(frozen=True, slots=True)
class Sprung:
    """The trap sprang at `at_s` (uptime); `count` raw changes were folded into it."""

    at_s: float
    count: int


@dataclass(frozen=True, slots=True)
class Reset:
    """A person set the trap again at `at_s` (uptime)."""

    at_s: float


@dataclass(frozen=True, slots=True)
class LineChanged:
    """What the wire says has changed, which is worth a status."""

    line: Line


Effect = Sprung | Reset | LineChanged


def decide_trap(
    trap: Trap, is_open: bool, is_pressed: bool, now_s: float, rules: Rules
) -> tuple[Trap, tuple[Effect, ...]]:
    """Look at the wire and the button at `now_s` (uptime); to be called on every change and when `due_at_s` has come.

    What fell due before `now_s` is decided first and as of then, so that a late call changes nothing but when it is
    known.
    """
    effects: list[Effect] = []
    while (due_s := due_at_s(trap, rules)) is not None and due_s < now_s:
        trap, more = _look(trap, bool(trap.wire.raw), bool(trap.button.raw), due_s, rules)
        effects += more
    trap, more = _look(trap, is_open, is_pressed, now_s, rules)
    return trap, (*effects, *more)


def line_of(trap: Trap, now_s: float, rules: Rules) -> Line | None:
    """What the wire says; None while it has not settled for the first time."""
    if trap.wire.settled is None:
        return None
    if not trap.wire.settled:
        return "closed"
    return "tampered" if now_s >= trap.settled_at_s + rules.tamper_after_s else "open"


def due_at_s(trap: Trap, rules: Rules) -> float | None:
    """The uptime at which this trap must be looked at again even if nothing changes; None when only
    a change matters.
    """
    dues = [settles_at_s(trap.wire, rules.settle_s), settles_at_s(trap.button, rules.settle_s)]
    if trap.wire.settled and trap.line == "open":
        dues.append(trap.settled_at_s + rules.tamper_after_s)
    if trap.phase == "sprung" and trap.wire.settled is False and not trap.wire.raw and not rules.has_button:
        dues.append(trap.wire.raw_since_s + rules.reset_after_s)
    known = [due for due in dues if due is not None]
    return min(known) if known else None


def _look(trap: Trap, is_open: bool, is_pressed: bool, now_s: float, rules: Rules) -> tuple[Trap, list[Effect]]:
    effects: list[Effect] = []
    wire, settled = decide_level(trap.wire, is_open, now_s, rules.settle_s)
    button, pressed = decide_level(trap.button, is_pressed, now_s, rules.settle_s)
    trap = replace(trap, wire=wire, button=button)
    if pressed is not None and pressed.level and trap.phase == "sprung":
        trap = replace(trap, asked=True)
    if settled is not None:
        trap = replace(trap, settled_at_s=settled.at_s)
        trap, effect = _move(trap, "opened" if settled.level else "closed", settled.at_s, settled.changes)
        effects += effect
    if trap.phase == "sprung" and _is_set_again(trap, now_s, rules):
        trap, effect = _move(trap, "set_again", now_s, 1)
        effects += effect
    line = line_of(trap, now_s, rules)
    if line is not None and line != trap.line:
        trap = replace(trap, line=line)
        effects.append(LineChanged(line))
    return trap, effects


def _is_set_again(trap: Trap, now_s: float, rules: Rules) -> bool:
    if trap.wire.settled is not False or trap.wire.raw:
        return False
    # The hold counts from the very last flicker, settled or not.
    return trap.asked if rules.has_button else now_s >= trap.wire.raw_since_s + rules.reset_after_s


def _move(trap: Trap, happening: Happening, at_s: float, changes: int) -> tuple[Trap, list[Effect]]:
    phase, effect = TRANSITIONS.get((trap.phase, happening), (trap.phase, None))
    moved = replace(trap, phase=phase, asked=trap.asked and phase == trap.phase)
    if effect == "sprung":
        return moved, [Sprung(at_s, max(1, changes))]
    return moved, [Reset(at_s)] if effect == "reset" else []
