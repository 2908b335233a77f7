"""Files and folders of `local` on a real file system."""

import os
import stat
from pathlib import Path

import pytest

from hub.local.errors import LocalError
from hub.local.folders import socket_folder, write_file
from hub.local.kept import Kept, load_kept
from hub.local.layout import Layout
from hub.local.logs import PartLog
from hub.local.owner import Owner
from hub.local.programs import find_postgres
from hub.local.site import save_kept

US = Owner(os.geteuid(), os.getegid(), "us", dropping=False)


def install(root: Path, major: int, timescaledb: str | None) -> None:
    (root / f"lib/{major}/bin").mkdir(parents=True)
    (root / f"lib/{major}/bin/postgres").touch()
    extension = root / f"share/{major}/extension"
    extension.mkdir(parents=True)
    if timescaledb:
        (extension / "timescaledb.control").write_text(f"comment = 'x'\ndefault_version = '{timescaledb}'\n")


def find(root: Path, wanted: int | None = None):
    return find_postgres(wanted, root / "lib", root / "share")


def test_the_newest_postgresql_that_has_timescaledb(tmp_path: Path) -> None:
    install(tmp_path, 15, "2.19.3")
    install(tmp_path, 17, "2.20.0")
    install(tmp_path, 18, None)
    assert (find(tmp_path).major, find(tmp_path).timescaledb) == (17, "2.20.0")
    assert find(tmp_path, 15).bin == tmp_path / "lib/15/bin"


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="PostgreSQL is not installed: run `make demo`"):
        find(tmp_path)
    install(tmp_path, 18, None)
    with pytest.raises(LocalError, match="TimescaleDB is not installed for PostgreSQL 18"):
        find(tmp_path)
    install(tmp_path, 17, "2.20.0")
    with pytest.raises(LocalError, match=r"the data is of PostgreSQL 15, .* for PostgreSQL 17"):
        find(tmp_path, 15)
    with pytest.raises(LocalError, match="TimescaleDB is not installed for PostgreSQL 18"):
        find(tmp_path, 18)


def test_this_machine_has_one() -> None:
    assert (find_postgres().bin / "initdb").exists()


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    layout, kept = Layout(tmp_path), Kept(people=[{"name": "石井"}], mqtt_port=1883)
    save_kept(layout, kept)
    assert load_kept(layout) == kept
    assert stat.S_IMODE(layout.kept.stat().st_mode) == 0o600
    assert Kept().secret != Kept().secret


def test_a_file_is_replaced_whole_and_follows_no_link(tmp_path: Path) -> None:
    outside, target = tmp_path / "outside", tmp_path / "file"
    outside.write_text("untouched")
    (tmp_path / f".file.{os.getpid()}").symlink_to(outside)
    target.symlink_to(outside)
    write_file(target, "new", US)
    assert (outside.read_text(), target.read_text(), target.is_symlink()) == ("untouched", "new", False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "outside"]


def test_a_socket_folder_of_somebody_else_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.local.folders._runtime_folder", lambda: tmp_path)
    layout = Layout(tmp_path / ("x" * 120))
    folder = socket_folder(layout, US)
    assert folder.parent == tmp_path
    assert socket_folder(layout, US) == folder
    assert socket_folder(Layout(tmp_path / ("y" * 120)), US) != folder
    folder.rmdir()
    folder.symlink_to(tmp_path)
    with pytest.raises(LocalError, match="belongs to somebody else"):
        socket_folder(layout, US)


def test_a_log_is_bounded_and_remembers_its_last_lines(tmp_path: Path) -> None:
    log = PartLog(tmp_path / "web.log", limit_bytes=1_000)
    for n in range(500):
        log.take(f"line {n}\n".encode())
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert len(sizes) == 2
    assert max(sizes) <= 1_000
    assert log.last[-1] == "line 499"


def test_a_log_takes_half_lines_and_bytes_that_are_no_text(tmp_path: Path) -> None:
    log = PartLog(tmp_path / "web.log")
    assert log.take(b"rea") == []
    assert log.take("dy\n猪".encode()[:-1]) == ["ready"]
    assert log.take("猪".encode()[-1:] + b"\n\xff\n") == ["猪", "�"]
    assert log.take(b"x" * 100_000) == ["x" * 16_384]


def test_a_log_on_a_full_disk_is_lost_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "web.log").symlink_to("/dev/full")
    log = PartLog(tmp_path / "web.log")
    assert log.take(b"ready\n") == ["ready"]
