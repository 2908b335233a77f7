"""Draws docs/reference/survey-states.md from the tables; `python -m hub.surveys.diagram` rewrites it."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from hub.surveys import states
from hub.surveys.states import (
    BY_PERSON,
    SORTIE_BY_PERSON,
    SORTIE_EVENTS,
    SORTIE_STATES,
    SORTIE_TABLE,
    SURVEY_EVENTS,
    SURVEY_STATES,
    SURVEY_TABLE,
)
from hub.texts.states import draw_arrows, head_of_table, numbered_rules

__all__ = ["DOCUMENT", "render_document"]

DOCUMENT = Path(__file__).parents[2] / "docs" / "reference" / "survey-states.md"

_SURVEY: dict[str, str] = {
    "draft": "asked for, without a plan",
    "planned": "its newest plan waits for the approval of a second person",
    "approved": "approved; its sorties are offered to the drones' partners",
    "launching": "drones are ordered to prepare and to take off",
    "flying": "at least one drone was in the air, and more is to come",
    "held": "all drones are ordered to hold their places",
    "stopping": "all drones are ordered back or down",
    "stopped": "over before its plan was flown",
    "done": "every sortie that was accepted has been flown",
    "cancelled": "nothing came of it",
}
_SORTIE: dict[str, str] = {
    "planned": "stands in a plan",
    "offered": "its partner is asked",
    "accepted": "may be flown; a later one of the same drone waits for its battery",
    "declined": "its partner said no",
    "preparing": "its drone is ordered to take the mission and look itself over",
    "ready": "its drone has the mission, and its preflight list is kept",
    "starting": "its drone is ordered to take off",
    "flying": "in the air",
    "held": "holds its place",
    "returning": "on its way back, or landing",
    "landed": "flown, whole or in part",
    "failed": "its drone refused, failed, or did not answer",
    "cancelled": "it will not be flown",
}


def render_document() -> str:
    """The whole page, as Markdown with Mermaid diagrams."""
    return "\n".join(
        [
            "# States of a survey and its sorties",
            "",
            "<!-- Drawn from hub/surveys/states.py by `python -m hub.surveys.diagram`: change the tables, run it. -->",
            "",
            "## Rules",
            "",
            *numbered_rules(states),
            "",
            "## A survey",
            "",
            *_machine(_SURVEY, "draft", SURVEY_STATES, SURVEY_EVENTS, SURVEY_TABLE, BY_PERSON),
            "",
            "## A sortie",
            "",
            *_machine(_SORTIE, "planned", SORTIE_STATES, SORTIE_EVENTS, SORTIE_TABLE, SORTIE_BY_PERSON),
            "",
        ]
    )


def _machine(
    words: Mapping[str, str],
    first: str,
    names: Collection[str],
    events: Collection[str],
    table: Mapping[Any, str],
    by_person: Collection[str],
) -> list[str]:
    return [
        "| state | meaning |",
        "|---|---|",
        *(f"| `{state}` | {words[state]} |" for state in names),
        "",
        "```mermaid",
        "stateDiagram-v2",
        f"    [*] --> {first}",
        *draw_arrows(table),
        "```",
        "",
        "An event that stands in no row of its state changes nothing; where a person asked for it, they are told why.",
        "",
        *head_of_table(names),
        *(_row(event, names, table, by_person) for event in events),
    ]


def _row(event: str, names: Collection[str], table: Mapping[Any, str], by_person: Collection[str]) -> str:
    who = " (a person)" if event in by_person else ""
    cells = [f"`{table[state, event]}`" if (state, event) in table else "–" for state in names]
    return f"| **{event}**{who} | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    DOCUMENT.write_text(render_document(), encoding="utf-8")
