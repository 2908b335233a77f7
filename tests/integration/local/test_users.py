"""As whom the parts run: never as root, and wherever the folder lies."""

import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

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

    The project may lie below /root, so `nobody` is given the right to read it, and no other.
    """
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()), []
    entry = pwd.getpwnam("nobody")
    read = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
    return entry, ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups", *read]


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
    with running_local(open_folder, command=[*become, *STANDIN], wait=False, output=output) as service:
        assert service.wait_ended() == 2
        assert f"{open_folder} is not writable" in service.said
        assert "Traceback" not in service.said
    open_folder.chmod(0o755)
