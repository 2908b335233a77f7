"""Tables of states as pages of the reference: the rules of a module, the arrows of a diagram, a column a state."""

import inspect
import re
from collections.abc import Collection, Mapping
from types import ModuleType
from typing import Any

__all__ = ["draw_arrows", "head_of_table", "numbered_rules"]


def numbered_rules(module: ModuleType) -> list[str]:
    """The rules that a module's docstring numbers, a line each."""
    text = inspect.getdoc(module) or ""
    rules = re.findall(r"(?ms)^(\d+)\.\s+(.*?)(?=^\d+\.|\Z)", text)
    return [f"{number}. {' '.join(rule.split())}" for number, rule in rules]


def draw_arrows(table: Mapping[Any, str]) -> list[str]:
    """Lines of a Mermaid state diagram, of a table from (state, event) to the state after; no arrow to the same."""
    joined: dict[tuple[str, str], list[str]] = {}
    for (state, event), after in table.items():
        if after != state:
            joined.setdefault((state, after), []).append(event)
    return [f"    {before} --> {after}: {', '.join(events)}" for (before, after), events in joined.items()]


def head_of_table(states: Collection[str]) -> list[str]:
    """The head of a Markdown table with a row for each event and a column for each state."""
    return ["| event | " + " | ".join(f"`{state}`" for state in states) + " |", "|---" * (len(states) + 1) + "|"]
