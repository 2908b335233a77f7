"""The folders and small files under `--data`, made with the right owner and no wider rights than needed."""

import hashlib
import os
import re
import stat
import tempfile
from pathlib import Path

from hub.local.errors import DiskFullError, LocalError
from hub.local.layout import Layout
from hub.local.owner import Owner, folder_owner

__all__ = ["complaint_about", "make_folder", "prepare_folders", "socket_folder", "write_file"]

_SOCKET_NAME = ".s.PGSQL.5432"
_SOCKET_PATH_BYTES = 107
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")


def write_file(path: Path, text: str, owner: Owner, mode: int = 0o600) -> None:
    """Replace a file in one step, so that a reader sees the old text or the new, also after a power cut.

    As root it may write into a folder of the servers' user, so it never follows or reuses what lies there (O_EXCL).
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.unlink(missing_ok=True)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), mode)
            if owner.dropping:
                os.fchown(file.fileno(), owner.uid, owner.gid)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def make_folder(path: Path, owner: Owner, mode: int = 0o700) -> None:
    """Make a folder of the servers' user, or give an existing one to it."""
    try:
        path.mkdir(mode=mode)
    except FileExistsError:
        if not path.is_dir():
            raise LocalError(f"{path} is not a folder") from None
    found = path.stat()
    if owner.dropping and (found.st_uid, found.st_gid) != (owner.uid, owner.gid):
        os.chown(path, owner.uid, owner.gid)
    if stat.S_IMODE(found.st_mode) != mode and (owner.dropping or found.st_uid == owner.uid):
        path.chmod(mode)


def prepare_folders(layout: Layout, owner: Owner) -> None:
    """The folders that the servers write to are theirs; those that only the supervisor writes to stay with the owner
    of `layout.data`.

    So the servers' user cannot put a link where root writes next. `layout.data` itself exists already and is left as
    it is.
    """
    for folder in (layout.run, layout.broker):
        make_folder(folder, owner)
    ours = folder_owner(layout.data)
    make_folder(layout.logs, ours)
    make_folder(layout.conf, ours, 0o711)  # the servers' files in it are readable by them alone


def socket_folder(layout: Layout, owner: Owner) -> Path:
    """Where the database's socket lies: under `--data`, or in a private folder of a short name derived from it.

    A socket's path has at most 107 bytes, and libpq takes a comma in it for a list; the other place is the user's
    runtime folder, /run, or the temporary folder. Raises LocalError when somebody else already has that name.
    """
    if len(os.fsencode(layout.run / _SOCKET_NAME)) <= _SOCKET_PATH_BYTES and _PLAIN_PATH.fullmatch(str(layout.run)):
        return layout.run
    name = f"wanamori-{hashlib.sha256(os.fsencode(layout.data)).hexdigest()[:16]}"
    folder = _runtime_folder() / name
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (owner.uid, os.geteuid()):
            raise LocalError(f"{folder} belongs to somebody else: remove it, or use a shorter --data path") from None
    make_folder(folder, owner)
    return folder


def complaint_about(path: Path, error: OSError) -> LocalError:
    """One line for a user about what the system refused."""
    if error.errno in (28, 122):  # ENOSPC, EDQUOT
        return DiskFullError(f"the disk that holds {path} is full: free some space and start again")
    return LocalError(f"cannot use {path}: {(error.strerror or str(error)).lower()}")


def _runtime_folder() -> Path:
    """A folder of short name that only we, or everybody with the sticky bit, may write to."""
    own = os.environ.get("XDG_RUNTIME_DIR")
    for candidate in [Path("/run")] if os.geteuid() == 0 else [Path(own)] if own else []:
        if (
            os.access(candidate, os.W_OK | os.X_OK)
            and candidate.stat().st_uid == os.geteuid()
            and len(os.fsencode(candidate)) < 50
        ):
            return candidate
    return Path(tempfile.gettempdir()) if len(tempfile.gettempdir()) < 50 else Path("/tmp")  # noqa: S108  # the folder made there is 0700 and checked
