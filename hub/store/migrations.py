"""Numbered SQL, forward only. Each file of `migrations/` runs once, in a transaction, with a short lock timeout."""

import hashlib
import re
from pathlib import Path

import psycopg

from hub.errors import SetupError, Unavailable

__all__ = ["FOLDER", "migrate"]

FOLDER = Path(__file__).with_name("migrations")
_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
# Any constant does, so long as only migrations use it: it keeps two processes from migrating at once.
_LOCK = 7_261_001


def migrate(url: str) -> int:
    """Bring the database up to date; returns how many files ran.

    Raises SetupError when a file that has run was changed afterwards, or the database is newer than this program;
    Unavailable when the database cannot be reached.
    """
    try:
        return _run_missing(url, _files())
    except psycopg.OperationalError as error:
        raise Unavailable(f"The database cannot be brought up to date now: {error}") from error


def _run_missing(url: str, files: dict[int, Path]) -> int:
    with psycopg.connect(url, autocommit=True, application_name="wanamori migrate") as connection:
        # A rolling connection default of the cluster must not decide when migrations give up.
        connection.execute("set lock_timeout = '10s'")
        connection.execute("select pg_advisory_lock(%s)", (_LOCK,))
        connection.execute(
            "create table if not exists migration ("
            " number integer primary key, name text not null, digest text not null,"
            " applied_at timestamptz not null default now())"
        )
        rows = connection.execute("select number, digest from migration order by number")
        applied: dict[int, str] = dict(rows.fetchall())
        unknown = sorted(set(applied) - set(files))
        if unknown:
            raise SetupError(
                f"the database has migration {unknown[-1]:04d}, which this version does not know:"
                " install a newer version"
            )
        done = 0
        for number, path in sorted(files.items()):
            text = path.read_bytes()
            digest = hashlib.sha256(text).hexdigest()
            if number in applied:
                if applied[number] != digest:
                    raise SetupError(f"{path.name} was changed after it ran; write a new migration instead")
                continue
            with connection.transaction():
                connection.execute(text)
                connection.execute(
                    "insert into migration (number, name, digest) values (%s, %s, %s)", (number, path.name, digest)
                )
            done += 1
        return done


def _files() -> dict[int, Path]:
    found: dict[int, Path] = {}
    for path in sorted(FOLDER.glob("*.sql")):
        match = _NAME.fullmatch(path.name)
        if match is None or int(match[1]) in found:
            raise SetupError(f"{path.name}: a migration is named NNNN_what.sql, each number once")
        found[int(match[1])] = path
    return found
