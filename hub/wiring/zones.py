"""Zones that limit flying, from a file, for the command line."""

import json
from datetime import date
from pathlib import Path
from typing import cast, get_args

from hub import clock
from hub.config import Settings
from hub.errors import Invalid
from hub.registry import service as registry
from hub.store import Database
from hub.surveys import airspace
from hub.surveys.airspace import NewImport
from hub.surveys.limits import ZoneKind
from hub.surveys.zones import read_zones

__all__ = ["bring_in"]


def bring_in(
    settings: Settings, file: Path, source: tuple[str, str, str | None, str], username: str, *, replaces: bool
) -> int:
    """Bring in a file of zones; returns how many. `source` is (kind, title, address, day of the source).

    Raises Invalid with one line for a file, a kind, a day or a name that cannot be.
    """
    kind, title, url, day = source
    if kind not in get_args(ZoneKind):
        raise Invalid(f"--kind is one of {', '.join(get_args(ZoneKind))}, not {kind[:40]!r}")
    if not title.strip():
        raise Invalid("--title must say what the source is called")
    zones = read_zones(_read(file))
    new = NewImport(cast("ZoneKind", kind), title.strip()[:300], url, _day(day), is_sample=False)
    database = Database(settings.database_url, name="wanamori zones", max_size=2)
    try:
        with database.transaction() as conn:
            credentials = registry.fetch_credentials(conn, username)
            actor = registry.fetch_actor(conn, credentials.id) if credentials else None
            if actor is None or not actor.is_staff:
                raise Invalid(f"--by: no member of staff is called {username[:40]!r}")
            airspace.import_zones(conn, actor, new, zones, clock.now(), replaces=replaces)
    finally:
        database.close()
    return len(zones)


def _read(file: Path) -> object:
    try:
        return json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise Invalid(f"cannot read {file}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise Invalid(f"{file} is not JSON: {error}") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"--date is a day like 2026-11-23, not {text[:40]!r}") from None
