"""Summaries for everybody; each function works in the caller's transaction.

What is shown is what was looked at when it was released, and no more: a survey that goes on changes nothing of it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, cast

from hub.errors import Conflict, Forbidden
from hub.registry import service as registry
from hub.registry.devices import is_id
from hub.registry.people import Actor
from hub.store import Connection, Queries
from hub.surveys import store
from hub.surveys.notice import Summary
from hub.surveys.service import scope_of
from hub.surveys.states import ACTIVE

__all__ = ["Released", "fetch_released", "find_released", "release", "take_back"]

_queries = Queries.beside(__file__)
_MOST = 200


@dataclass(frozen=True, slots=True)
class Released:
    """What everybody may see of a survey, since when, and by whose act (which is not shown)."""

    survey_id: str
    summary: Summary
    released_at: datetime
    released_by: str


@dataclass(frozen=True, slots=True)
class _Row:
    survey_id: str
    summary: Mapping[str, object]
    released_at: datetime
    released_by: str


def release(
    conn: Connection, actor: Actor, survey_id: str, summary: Summary, now: datetime, *, title: str | None = None
) -> Released:
    """Show everybody the summary, under another title where one is given; it replaces what was shown before.

    Raises NotFound, Forbidden; Conflict before the survey has flown, and while it flies.
    """
    _decides(conn, actor, survey_id)
    survey = store.lock_survey(conn, survey_id)
    if survey.launched_at is None or survey.state in ACTIVE:
        raise Conflict("A summary is released when the survey has flown.")
    shown = replace(summary, name=title or summary.name)
    _add(conn, actor, survey_id, json.dumps(asdict(shown), ensure_ascii=False), now)
    _note(conn, actor, survey_id, "released", "release_summary", now, title=shown.name)
    return Released(survey_id, shown, now, actor.person_id)


def take_back(conn: Connection, actor: Actor, survey_id: str, now: datetime) -> None:
    """What was released is shown no more. Raises NotFound, Forbidden; Conflict when nothing is released."""
    _decides(conn, actor, survey_id)
    store.lock_survey(conn, survey_id)
    if find_released(conn, survey_id) is None:
        raise Conflict("Nothing of this survey is released.")
    _add(conn, actor, survey_id, None, now)
    _note(conn, actor, survey_id, "release_withdrawn", "withdraw_summary", now)


def find_released(conn: Connection, survey_id: str) -> Released | None:
    """What everybody may see of one survey; None when nothing."""
    found = _fetch(conn, survey_id) if is_id(survey_id) else []
    return found[0] if found else None


def fetch_released(conn: Connection) -> Sequence[Released]:
    """All that everybody may see, the newest release first."""
    return _fetch(conn, None)


def _fetch(conn: Connection, survey_id: str | None) -> list[Released]:
    rows = _queries.all(conn, "fetch_released", _Row, survey_id=survey_id, limit=_MOST)
    return [
        Released(row.survey_id, Summary(**cast("dict[str, Any]", row.summary)), row.released_at, row.released_by)
        for row in rows
    ]


def _add(conn: Connection, actor: Actor, survey_id: str, summary: str | None, now: datetime) -> None:
    _queries.run(conn, "add_release", survey_id=survey_id, summary=summary, now=now, person_id=actor.person_id)


def _note(conn: Connection, actor: Actor, survey_id: str, what: str, act: str, now: datetime, **detail: object) -> None:
    store.add_line(conn, survey_id, actor.person_id, what, now, detail)
    registry.record(conn, actor, act, f"survey/{survey_id}", now, **detail)
    store.tell(conn, survey_id)


def _decides(conn: Connection, actor: Actor, survey_id: str) -> None:
    store.fetch_survey(conn, survey_id, scope_of(actor))
    if not actor.has("responder"):
        raise Forbidden
