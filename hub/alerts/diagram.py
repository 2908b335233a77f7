"""Draws docs/reference/incident-states.md from the table; `python -m hub.alerts.diagram` rewrites it."""

from pathlib import Path

from hub.alerts import incidents
from hub.alerts.incidents import EVENTS, PAGING, STATES, TABLE, IncidentEvent, IncidentState
from hub.texts.states import draw_arrows, head_of_table, numbered_rules

__all__ = ["DOCUMENT", "render_document"]

DOCUMENT = Path(__file__).parents[2] / "docs" / "reference" / "incident-states.md"

_STATES: dict[IncidentState, str] = {
    "open": "Nobody has answered.",
    "seeking": "Somebody goes alone and a second person is wanted. The API says `going` with `second_wanted`.",
    "going": "Enough people are on their way.",
    "resolved": "Settled, for good.",
}
_EVENTS: dict[IncidentEvent, str] = {
    "again": "the same happens again",
    "enough_go": "the answers are of enough people",
    "one_goes": "the answers are of one person alone where two are wanted, or where that one asks for a second",
    "nobody_goes": "no answer is left: taken back, or its person came back",
    "lapsed": "the answers' time is over and nobody has reported",
    "resolved": "a report, or the reason has gone by itself",
}


def render_document() -> str:
    """The whole page, as Markdown with a Mermaid diagram."""
    return "\n".join(
        [
            "# States of an incident",
            "",
            "<!-- Drawn from hub/alerts/incidents.py by `python -m hub.alerts.diagram`: change that, then run it. -->",
            "",
            "| state | meaning | people are told |",
            "|---|---|---|",
            *(f"| `{state}` | {_STATES[state]} | {'yes' if state in PAGING else 'no'} |" for state in STATES),
            "",
            "## Rules",
            "",
            *numbered_rules(incidents),
            "",
            "## Diagram",
            "",
            "What leaves a state as it is stands in the table only.",
            "",
            "```mermaid",
            "stateDiagram-v2",
            "    [*] --> open: it happens",
            *draw_arrows(TABLE),
            "```",
            "",
            "## Table",
            "",
            *head_of_table(STATES),
            *(_row(event) for event in EVENTS),
            "",
        ]
    )


def _row(event: IncidentEvent) -> str:
    return f"| **{event}**: {_EVENTS[event]} | " + " | ".join(_cell(state, event) for state in STATES) + " |"


def _cell(state: IncidentState, event: IncidentEvent) -> str:
    after = TABLE.get((state, event))
    if after is None:
        return "refused"
    return "–" if after == state else f"→ `{after}`"


if __name__ == "__main__":
    DOCUMENT.write_text(render_document(), encoding="utf-8")
