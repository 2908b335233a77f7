"""A real SMTP server that keeps each mail as a file and says a line about it: the town's post office on one desk."""

from __future__ import annotations

import email
import itertools
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.policy import default as modern
from pathlib import Path
from threading import Condition
from typing import cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from simulators import clock
from simulators.errors import PortTaken, Unsuitable

__all__ = ["Mail", "Mailbox"]

MOST_BYTES = 5_000_000


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as it came. `arrived_s` is clock.monotonic() when its last byte was there; `file` holds its bytes."""

    recipients: tuple[str, ...]
    subject: str
    text: str
    arrived_at: datetime
    arrived_s: float
    file: Path


@dataclass
class Mailbox:
    """An SMTP server on `host:port` (0: a free one) that writes .eml files into `folder`.

    `on_mail` is called, in the server's thread, for each mail after its file is complete. A mail is taken (250) only
    when its file is complete; a folder that cannot be written answers 452, so that the sender tries again.
    """

    folder: Path
    host: str = "127.0.0.1"
    port: int = 0
    on_mail: Callable[[Mail], None] | None = None
    _mails: list[Mail] = field(default_factory=list[Mail])
    _changed: Condition = field(default_factory=Condition)

    def start(self) -> None:
        """Listen; raises PortTaken, or Unsuitable when the folder cannot be made."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unsuitable(f"The folder {self.folder} cannot be made: {error.strerror}.") from error
        self._numbers = itertools.count(1 + sum(1 for _ in self.folder.glob("*.eml")))
        self.port = _free_port(self.host, self.port)
        self._controller = Controller(
            self, hostname=self.host, port=self.port, data_size_limit=MOST_BYTES, ready_timeout=10.0
        )
        self._controller.start()

    def stop(self) -> None:
        """Stop listening; the files stay."""
        self._controller.stop()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # its name
        """Keep one mail; called by the server."""
        content = cast("bytes", envelope.content)
        name = f"{next(self._numbers):06d}.eml"
        try:
            part = self.folder / f"{name}.part"
            part.write_bytes(content)
            part.rename(self.folder / name)
        except OSError as error:
            return f"452 not stored: {error.strerror}"
        mail = _read(content, tuple(str(to) for to in envelope.rcpt_tos), self.folder / name)
        with self._changed:
            self._mails.append(mail)
            self._changed.notify_all()
        if self.on_mail:
            self.on_mail(mail)
        return "250 kept"

    def mails(self) -> list[Mail]:
        """What came since the start, in order."""
        with self._changed:
            return list(self._mails)

    def wait_for(self, wanted: Callable[[Mail], bool], timeout_s: float) -> Mail | None:
        """The first mail that is wanted, as soon as it is there; None when it has not come in time."""

        def found() -> Mail | None:
            return next((mail for mail in self._mails if wanted(mail)), None)

        with self._changed:
            return self._changed.wait_for(found, timeout_s)


def _read(content: bytes, recipients: tuple[str, ...], file: Path) -> Mail:
    arrived_s, arrived_at = clock.monotonic(), clock.now()
    message = email.message_from_bytes(content, policy=modern)
    body = message.get_body(preferencelist=("plain", "html"))
    try:
        text = body.get_content() if body else ""
    except (LookupError, ValueError):  # an unknown charset: the file has it all the same
        text = ""
    return Mail(recipients, str(message["subject"] or ""), str(text), arrived_at, arrived_s, file)


def _free_port(host: str, port: int) -> int:
    """The port itself when it can be had, a free one for 0.

    Asked here, since aiosmtpd leaves an open event loop behind when it cannot listen.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(f"Port {port} of {host} cannot be listened on: {error.strerror}.") from error
        return int(probe.getsockname()[1])
