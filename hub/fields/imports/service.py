"""What a farmer and city staff do with a logger's file: send it, look at what it would become, store it, take it back.

Every function takes the caller's transaction first; none commits or reads a clock. An import changes no value that is
stored, and raises no alarm: what it brings is history.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.fields.imports import store
from hub.fields.imports.comparing import Comparison, compare
from hub.fields.imports.guessing import guess_layout, headings_of
from hub.fields.imports.layouts import Layout, dump_layout, load_layout
from hub.fields.imports.lines import Refused, Rows, read_rows
from hub.fields.imports.store import Draft, Import, NewImport
from hub.fields.imports.tables import Line, decode_text, read_table
from hub.fields.plots.service import usable_stations
from hub.fields.rollups import mark_due
from hub.registry.audit import record
from hub.registry.devices import Device, is_id
from hub.registry.people import Actor
from hub.registry.secrets import new_id
from hub.registry.service import shown_from
from hub.store import Connection, notify

__all__ = [
    "MOST_BYTES", "Draft", "Import", "Preview", "change_layout", "check_may_import", "drop", "fetch_draft",
    "fetch_import", "fetch_imports", "fetch_refused", "keep_file", "may_import", "preview", "store_file", "undo",
]  # fmt: skip

MOST_BYTES = 6_000_000
"""The greatest file that is taken: a logger's year at five minutes."""
_BEHIND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would become: its headings, its lines, the rows in our units, and the fate of each."""

    layout: Layout
    headings: Sequence[str]
    lines: Sequence[Line]
    rows: Rows
    comparison: Comparison

    @property
    def has_news(self) -> bool:
        """Whether storing it would change anything."""
        return bool(self.comparison.additions)


def may_import(conn: Connection, actor: Actor, device: Device) -> bool:
    """Whether the station is one that the actor may put on a plot."""
    return device.key in {usable.key for usable in usable_stations(conn, actor)}


def check_may_import(conn: Connection, actor: Actor, device: Device) -> None:
    """Raises Forbidden unless the actor may add files to the station."""
    if not may_import(conn, actor, device):
        raise Forbidden("Files are added to a station by those whose plot it measures.")


def keep_file(
    conn: Connection, actor: Actor, device: Device, name: str, data: bytes, *, labels: Mapping[str, str], now: datetime
) -> str:
    """Keep a file with a first guess at its columns; returns the draft's id. Raises Forbidden and Invalid."""
    check_may_import(conn, actor, device)
    if len(data) > MOST_BYTES:
        raise Invalid(f"At most {MOST_BYTES} bytes are taken.")
    text, _ = decode_text(data)
    guess = guess_layout(text, labels, store.fetch_presets(conn))
    draft = Draft(
        new_id("fi"), device.key, actor.person_id, name, data, dump_layout(guess.layout), guess.preset, now
    )  # fmt: skip
    store.save_draft(conn, draft)
    return draft.id


def fetch_draft(conn: Connection, actor: Actor, device: Device, draft_id: str) -> Draft:
    """The actor's own draft. Raises NotFound, and Forbidden when the station is the actor's no more."""
    draft = store.fetch_draft(conn, draft_id, actor.person_id, device.key) if is_id(draft_id) else None
    if draft is None:
        raise NotFound("This file is not here any more. Please choose it again.")
    check_may_import(conn, actor, device)
    return draft


def change_layout(conn: Connection, draft: Draft, layout: Layout) -> None:
    """What the columns are, as the person says."""
    store.save_layout(conn, draft.id, dump_layout(layout))


def preview(conn: Connection, draft: Draft, zone: ZoneInfo, now: datetime) -> Preview:
    """Read the whole file and hold it against what is stored."""
    layout = load_layout(draft.layout)
    text, _ = decode_text(bytes(draft.content))
    lines = list(read_table(text, layout.separator))
    rows = read_rows(lines, layout, zone, now, shown_from(conn, draft.device_key))
    quantities = sorted({column.quantity for column in layout.columns})
    stored = store.fetch_stored(conn, draft.device_key, quantities, min(rows.rows), max(rows.rows)) if rows.rows else {}
    return Preview(layout, headings_of(lines[:200], layout), lines, rows, compare(rows.rows, stored))


def store_file(
    conn: Connection,
    actor: Actor,
    device: Device,
    draft: Draft,
    *,
    zone: ZoneInfo,
    refused_csv: Callable[[Sequence[Refused]], str],
    now: datetime,
) -> str:
    """Store what the file adds; returns the import's id. Raises Conflict when it adds nothing."""
    store.lock_series(conn, device.key)
    seen = preview(conn, draft, zone, now)
    if not seen.has_news:
        raise Conflict("Everything that can be read in this file is stored already.")
    counts = {fate: seen.comparison.count(fate) for fate in ("new", "filled", "known", "differs")}
    additions, refused = seen.comparison.additions, seen.rows.refused
    new = NewImport(
        id=new_id("im"),
        device_key=device.key,
        person_id=actor.person_id,
        file_name=draft.file_name,
        file_sha256=hashlib.sha256(draft.content).digest(),
        size_bytes=len(draft.content),
        layout=draft.layout,
        first_at=min(additions),
        last_at=max(additions),
        new_rows=counts["new"],
        filled_rows=counts["filled"],
        known_rows=counts["known"],
        differing_rows=counts["differs"],
        refused_lines=len({one.line for one in refused}),
        refused=refused_csv(refused) if refused else None,
    )
    store.add_rows(conn, device.key, additions, now)
    store.add_import(conn, new, additions, now)
    store.raise_latest(conn, device.key, additions, now)
    mark_due(conn, device.key, new.first_at, new.last_at + _BEHIND)
    store.drop_draft(conn, draft.id)
    record(
        conn, actor, "import", f"device/{device.id}", now, import_id=new.id, file=new.file_name,
        sha256=new.file_sha256.hex(), rows=len(additions), since=new.first_at.isoformat(),
        until=new.last_at.isoformat(),
    )  # fmt: skip
    notify(conn, "live", {"what": "reading", "id": device.id})
    return new.id


def drop(conn: Connection, draft: Draft) -> None:
    """The person does not want it."""
    store.drop_draft(conn, draft.id)


def fetch_imports(conn: Connection, device: Device) -> list[Import]:
    """What was imported for a station, the last one first."""
    return store.fetch_imports(conn, device.key)


def fetch_import(conn: Connection, device: Device, import_id: str) -> Import:
    """One import of a station. Raises NotFound."""
    for one in store.fetch_imports(conn, device.key, import_id) if is_id(import_id) else ():
        return one
    raise NotFound("There is no such import.")


def fetch_refused(conn: Connection, one: Import) -> str:
    """The lines that an import could not store, as a file. Raises NotFound when there were none."""
    text = store.fetch_refused(conn, one.id)
    if text is None:
        raise NotFound("Every line of this file could be read.")
    return text


def undo(conn: Connection, actor: Actor, device: Device, import_id: str, now: datetime) -> Import:
    """Take an import back, exactly. Raises NotFound, Forbidden, and Conflict when something else has touched it."""
    check_may_import(conn, actor, device)
    store.lock_series(conn, device.key)
    one = fetch_import(conn, device, import_id)
    if one.undone_at is not None:
        raise Conflict("This import was taken back already.")
    if store.has_later_import(conn, one.id):
        raise Conflict("A later file stands on this one. Take the later one back first.")
    if not store.remove_rows(conn, one, actor.person_id, now):
        raise Conflict("Some of its rows were changed since. It cannot be taken back any more.")
    mark_due(conn, device.key, one.first_at, one.last_at + _BEHIND)
    record(conn, actor, "undo_import", f"device/{device.id}", now, import_id=one.id, rows=one.new_rows)
    notify(conn, "live", {"what": "reading", "id": device.id})
    return one
