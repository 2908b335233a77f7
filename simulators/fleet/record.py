"""A fleet's own record, as lines of JSON: what it published, and what the hub's receipts promised.

A line of a message: {"agent", "device", "kind", "id", "outbox", "sequence", "time"} and, for readings, "step_us" and
"count". A line of a receipt: {"outbox", "receipted": [sequence, …]}. Readings of one message are `count` times,
`step_us` microseconds apart, from `time` on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from simulators.errors import Unsuitable
from simulators.fleet.load import Batch

__all__ = ["Published", "Record", "read_record"]


@dataclass(frozen=True, slots=True)
class Published:
    """One message of the record; `batch` is there for readings."""

    agent: str
    device: str
    kind: str
    id: str
    outbox: str
    sequence: int
    time: datetime
    batch: Batch | None = None

    @property
    def times(self) -> list[datetime]:
        """All instants that it carries."""
        return self.batch.times() if self.batch else [self.time]


class Record:
    """Writes the record, or nothing without a file; a message's line is written before it is sent."""

    def __init__(self, file: Path | None) -> None:
        try:
            self._file = file.open("w", encoding="utf-8") if file else None
        except OSError as error:
            raise Unsuitable(f"The record {file} cannot be written: {error.strerror}.") from error

    def published(self, message: Published) -> None:
        """A message is about to be sent for the first time."""
        line: dict[str, object] = {
            "agent": message.agent,
            "device": message.device,
            "kind": message.kind,
            "id": message.id,
            "outbox": message.outbox,
            "sequence": message.sequence,
            "time": message.time.isoformat(timespec="microseconds"),
        }
        if message.batch:
            line |= {"step_us": message.batch.step_us, "count": message.batch.count}
        self._write(line)

    def receipted(self, outbox: str, sequences: Iterable[int]) -> None:
        """The hub says that it has these."""
        self._write({"outbox": outbox, "receipted": list(sequences)})

    def _write(self, line: dict[str, object]) -> None:
        if self._file:
            self._file.write(json.dumps(line, separators=(",", ":")) + "\n")

    def __enter__(self) -> Record:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()


def read_record(file: Path) -> tuple[list[Published], dict[str, set[int]]]:
    """The messages of a record, and the receipted sequence numbers of each outbox. A torn last line is left out."""
    messages: list[Published] = []
    receipted: dict[str, set[int]] = {}
    for text in file.read_text(encoding="utf-8").splitlines():
        try:
            line: dict[str, Any] = json.loads(text)
        except ValueError:
            continue
        if "receipted" in line:
            receipted.setdefault(line["outbox"], set()).update(line["receipted"])
            continue
        at = datetime.fromisoformat(line["time"])
        batch = Batch(at, line["step_us"], line["count"]) if "count" in line else None
        names = {key: line[key] for key in ("agent", "device", "kind", "id", "outbox", "sequence")}
        messages.append(Published(**names, time=at, batch=batch))
    return messages, receipted
