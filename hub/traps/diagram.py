"""Draws docs/reference/trap-states.md from the table; `python -m hub.traps.diagram` rewrites it."""

from pathlib import Path

from hub.texts.states import draw_arrows, head_of_table, numbered_rules
from hub.traps import states
from hub.traps.states import BY_PERSON, EVENTS, LOUDEST_FIRST, TABLE, Act, Event, State

__all__ = ["DOCUMENT", "render_document"]

DOCUMENT = Path(__file__).parents[2] / "docs" / "reference" / "trap-states.md"

_STATES: dict[State, str] = {
    "sprung_silent": "It fired, and the device has gone quiet since: the worst.",
    "sprung": "It fired, and nobody has recorded yet what was found.",
    "silent": "The device has said nothing for longer than `WANAMORI_TRAP_SILENT_AFTER_S`.",
    "armed": "In service and heard of.",
    "disarmed": "A person took it out of service.",
}
_EVENTS: dict[Event, str] = {
    "sprung": "the device reports that the trap fired",
    "reset": "the device reports that the trap was set again",
    "heard": "the device itself says anything, recently",
    "silence": "nothing was heard of it for too long",
    "line_broken": "its wire is cut or faulty",
    "line_mended": "its wire is in order again",
    "found": "a person records what was found",
    "seen_to": "a person closes an incident about its silence or its wire",
    "disarm": "a person takes it out of service",
    "arm": "a person puts it into service",
}
_ACTS: dict[Act, str] = {
    "open_sprung": "incident `trap_sprung`",
    "open_silent": "incident `trap_silent`",
    "end_silent": "`trap_silent` ends",
    "open_fault": "incident `trap_fault`",
    "end_fault": "`trap_fault` ends",
    "open_sprung_disarmed": "incident `trap_sprung_disarmed`",
}
_REFUSED = "refused"


def render_document() -> str:
    """The whole page, as Markdown with a Mermaid diagram."""
    return "\n".join(
        [
            "# States of a trap",
            "",
            "<!-- Drawn from hub/traps/states.py by `python -m hub.traps.diagram`: change the table, then run it. -->",
            "",
            "| state, loudest first | meaning |",
            "|---|---|",
            *(f"| `{state}` | {_STATES[state]} |" for state in LOUDEST_FIRST),
            "",
            "## Rules",
            "",
            *numbered_rules(states),
            "",
            "## Diagram",
            "",
            "What leaves a state as it is stands in the table only.",
            "",
            "```mermaid",
            "stateDiagram-v2",
            "    [*] --> armed: registered",
            *draw_arrows({key: after for key, (after, _) in TABLE.items()}),
            "```",
            "",
            "## Table",
            "",
            *head_of_table(LOUDEST_FIRST),
            *(_row(event) for event in EVENTS),
            "",
            "Where one of the kind is unresolved for the trap already, an incident becomes an entry on that one.",
            "",
        ]
    )


def _row(event: Event) -> str:
    who = " (a person)" if event in BY_PERSON else ""
    cells = [_cell(state, event) for state in LOUDEST_FIRST]
    return f"| **{event}**{who}: {_EVENTS[event]} | " + " | ".join(cells) + " |"


def _cell(state: State, event: Event) -> str:
    entry = TABLE.get((state, event))
    if entry is None:
        return _REFUSED
    after, acts = entry
    words = ([f"→ `{after}`"] if after != state else []) + [_ACTS[act] for act in acts]
    return "; ".join(words) or "–"


if __name__ == "__main__":
    DOCUMENT.write_text(render_document(), encoding="utf-8")
