"""What set-up says: a short line for each step, one clear line when it fails, everything else in a log file."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

_TAIL_LINES = 40
"""How much of the log is shown where nobody can open it afterwards (a CI machine)."""


class SetupError(Exception):
    """Set-up cannot go on; `what` failed and `remedy` is what the reader can do about it."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


class CommandError(Exception):
    """A command ended with an error; its last telling line is the message, `output` is all that it said."""

    def __init__(self, argv: Sequence[str], code: int, output: str) -> None:
        super().__init__(f"{program_of(argv)} ended with code {code}: {telling_line(output)}")
        self.output = output


def program_of(argv: Sequence[str]) -> str:
    """Return the name of the program that a command is about, behind sudo and env."""
    words = (word for word in argv if word not in ("sudo", "env", "-n") and "=" not in word)
    return Path(next(words, argv[0])).name


def telling_line(output: str) -> str:
    """Return the line of a command's output that most likely says why it failed (empty where it said nothing)."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for line in reversed(lines):
        if line.startswith(("E: ", "ERROR: ", "npm error ", "npm ERR! ", "CMake Error", "error: ")):
            return line
    return lines[-1] if lines else "it said nothing"


class Report:
    """Prints progress and keeps the log of one run of set-up.

    The log is written from anew at the first command, so a run that has nothing to do leaves the last real log alone.
    """

    def __init__(self, log: Path) -> None:
        self.log = log
        self.steps_done = 0
        self._begun = False

    @contextmanager
    def step(self, title: str) -> Generator[None]:
        """Print `title` at once and the seconds that the body took behind it when it is done."""
        sys.stdout.write(f"  {title} … ")
        sys.stdout.flush()
        begun = time.monotonic()
        try:
            yield
        except BaseException as error:
            sys.stdout.write("failed\n")
            sys.stdout.flush()
            if isinstance(error, CommandError):
                remedy = "Mend that, or check the network, and run the same command again"
                raise SetupError(f"{title}: {error}", remedy) from error
            raise
        self.steps_done += 1
        sys.stdout.write(f"{time.monotonic() - begun:.0f} s\n")
        sys.stdout.flush()

    def run(
        self, argv: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None, check: bool = True
    ) -> str:
        """Run a command, add what it says to the log, return it; raise CommandError on an exit code that is not 0.

        `env` is added to the environment of this process.
        """
        self.note(f"$ {shlex.join(argv)}")
        try:
            done = subprocess.run(
                argv,
                cwd=cwd,
                env={**os.environ, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                check=False,
            )
        except OSError as error:
            raise CommandError(argv, 127, str(error)) from error
        self.note(done.stdout)
        if check and done.returncode != 0:
            raise CommandError(argv, done.returncode, done.stdout)
        return done.stdout

    def note(self, text: str) -> None:
        """Add `text` to the log."""
        mode = "a" if self._begun else "w"
        self._begun = True
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open(mode, encoding="utf-8") as file:
            file.write(text.rstrip("\n") + "\n")

    def fail(self, what: str, remedy: str) -> None:
        """Print the one line that says what failed, what to do and where the log is.

        On a CI machine, whose files are gone afterwards, the end of the log comes first.
        """
        if os.environ.get("CI") and self._begun:
            tail = self.log.read_text(encoding="utf-8").splitlines()[-_TAIL_LINES:]
            print("\n".join(tail), file=sys.stderr)
        where = f" (log: {os.path.relpath(self.log)})" if self._begun else ""
        print(f"set-up failed: {what}. {remedy}{where}", file=sys.stderr)
