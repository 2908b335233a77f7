"""As whom the parts run: never as root, and wherever the folder lies."""

import os
import pwd
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from hub.local.owner import Owner, drop_prefix, least_capability
from hub.local.programs import find_setpriv
from tests.local_service import STANDIN, descendants, left_of, running_local
from tests.servers import free_port


def ports() -> tuple[str, ...]:
    return "--http-port", str(free_port()), "--mqtt-port", str(free_port())


def user_of(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


def status_of(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


@pytest.fixture
def closed_folder(tmp_path: Path) -> Path:
    """A folder below one that only its owner may pass, as /root is."""
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)
    return closed / "town"


def test_no_part_runs_as_root(closed_folder: Path) -> None:
    with running_local(closed_folder, *ports(), command=STANDIN) as service:
        users = {user_of(pid) for pid in descendants(service.process.pid)}
        assert users == {(closed_folder / "postgres").stat().st_uid}
        assert 0 not in users
        with psycopg.connect(service.ready["database"]) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
    assert stat.S_IMODE(closed_folder.parent.stat().st_mode) == 0o700


def test_a_part_cannot_gain_rights(closed_folder: Path) -> None:
    may_read_past_permissions = 1 << 2  # CAP_DAC_READ_SEARCH
    may_override_permissions = 1 << 1  # CAP_DAC_OVERRIDE: where the machine has not the weaker one to give
    with running_local(closed_folder, *ports(), command=STANDIN) as service:
        for pid in descendants(service.process.pid):
            status = status_of(pid)
            assert status["NoNewPrivs"] == "1"
            assert int(status["CapEff"], 16) in (0, may_read_past_permissions, may_override_permissions)
            assert status["Groups"] == "" or os.geteuid() != 0


def test_servers_that_reach_their_folder_have_no_right_at_all(open_folder: Path) -> None:
    with running_local(open_folder, *ports(), command=STANDIN) as service:
        parts = service.parts()
        rights = {status_of(pid)["CapEff"] for name in ("postgres", "mosquitto") for pid in parts[name]}
        assert rights == {f"{0:016x}"}


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody can reach."""
    parent = Path(tempfile.mkdtemp(prefix="wanamori-test-"))
    parent.chmod(0o755)
    yield parent / "town"
    shutil.rmtree(parent)


def ordinary_user() -> tuple[pwd.struct_passwd, list[str]]:
    """A user who is not root, and what makes a command run as that user.

    The interpreter may lie below /root, so `nobody` is given the right to read it, and no other that can be avoided.
    """
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()), []
    entry, setpriv = pwd.getpwnam("nobody"), find_setpriv()
    nobody = Owner(entry.pw_uid, entry.pw_gid, "nobody", dropping=True)
    right = least_capability(setpriv, nobody, [Path(sys.executable), Path(os.__file__), Path(__file__)])
    return entry, drop_prefix(setpriv, nobody, "KILL", right)


def test_as_an_ordinary_user(open_folder: Path) -> None:
    """As root, `nobody` stands for the ordinary user; otherwise we are one."""
    entry, become = ordinary_user()
    os.chown(open_folder.parent, entry.pw_uid, entry.pw_gid)
    command, options = [*become, *STANDIN], ports()
    with running_local(open_folder, *options, command=command) as service:
        assert {user_of(pid) for pid in descendants(service.process.pid)} == {entry.pw_uid}
        first = service.ready
        assert service.stop() == 0
    # the same folder started by whoever runs the tests: what was the user's stays the user's
    with running_local(open_folder, *options, command=STANDIN) as service:
        assert service.ready["staff"] == first["staff"]
        assert {user_of(pid) for pid in descendants(service.process.pid)} == {entry.pw_uid}
        assert service.stop() == 0
    strangers = [path for path in open_folder.rglob("*") if path.stat().st_uid != entry.pw_uid]
    assert strangers == []
    with running_local(open_folder, *options, command=command) as service:
        assert service.ready["staff"] == first["staff"]
        assert service.stop() == 0
    assert left_of(open_folder) == []


def test_a_folder_that_is_not_ours(open_folder: Path) -> None:
    open_folder.mkdir(mode=0o555)  # root's, or our own and closed
    output = open_folder.parent / "output"
    _, become = ordinary_user()
    # a container may have no other right to give than the one that opens every folder but this
    folder = Path("/proc/town") if any("dac_override" in word for word in become) else open_folder
    with running_local(folder, command=[*become, *STANDIN], wait=False, output=output) as service:
        assert service.wait_ended() == 2
        said = service.said.strip().splitlines()
        assert len(said) == 1
        assert f"{folder} is not writable" in said[0] or f"cannot use {folder}" in said[0]
    open_folder.chmod(0o755)
