"""A full disk, made by a small file system (or the container's small /dev/shm): one clear line, and nothing is lost."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from hub.local.cluster import database_url
from tests.local_service import STANDIN, LocalService, running_local
from tests.servers import free_port, wait_until

_MEGABYTE = 1 << 20


@dataclass(frozen=True)
class SmallDisk:
    """A folder on a file system of `megabytes`, and what to put before a command so that it sees it there."""

    folder: Path
    prefix: tuple[str, ...]
    seen_through_process: bool

    def seen(self, service: LocalService) -> Path:
        """The folder from outside of the command's mount namespace."""
        return Path(f"/proc/{service.process.pid}/root{self.folder}") if self.seen_through_process else self.folder


_UNSHARE = (
    ("unshare", "--mount"),
    ("unshare", "--mount", "--propagation", "unchanged"),  # in a chroot, whose root is no mount point
    ("unshare", "--user", "--map-current-user", "--keep-caps", "--mount"),
)


@contextmanager
def small_disk(megabytes: int) -> Iterator[SmallDisk]:
    folder = Path(tempfile.mkdtemp(prefix="wanamori-disk-"))
    folder.chmod(0o755)
    mount = ("sh", "-c", f'mount -t tmpfs -o size={megabytes}m,mode=755 tmpfs "{folder}" && exec "$@"', "sh")
    try:
        for unshare in _UNSHARE:
            prefix = (*unshare, *mount)
            if subprocess.run([*prefix, "true"], capture_output=True).returncode == 0:
                yield SmallDisk(folder, prefix, seen_through_process=True)
                return
        with shrunk_shared_memory(megabytes) as shared:
            yield SmallDisk(shared, (), seen_through_process=False)
    finally:
        subprocess.run(["umount", str(folder)], capture_output=True)  # should it have been seen outside after all
        folder.rmdir()


@contextmanager
def shrunk_shared_memory(megabytes: int) -> Iterator[Path]:
    """Where nothing may be mounted (a container): /dev/shm, which is small there, filled but for `megabytes`."""
    folder = Path(tempfile.mkdtemp(prefix="wanamori-disk-", dir="/dev/shm"))
    folder.chmod(0o755)
    excess = shutil.disk_usage(folder).free - megabytes * _MEGABYTE
    assert 0 <= excess < 1024 * _MEGABYTE, "neither may a file system be mounted here nor is /dev/shm a small one"
    filler = folder / "filler"
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(excess, 1))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def ports() -> tuple[str, ...]:
    return "--http-port", str(free_port()), "--mqtt-port", str(free_port())


def test_a_disk_too_small_for_a_first_start(tmp_path: Path) -> None:
    with small_disk(24) as disk:
        command, town = [*disk.prefix, *STANDIN], disk.folder / "town"
        with running_local(town, *ports(), command=command, wait=False, output=tmp_path / "out") as service:
            assert service.wait_ended() == 1
            assert "is full: free some space" in service.said
            assert "Traceback" not in service.said


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[tuple[LocalService, Path, str]]:
    """A service whose disk was filled to the last byte while it ran: itself, the filling file, its database's URL."""
    with small_disk(160) as disk:
        command, town = [*disk.prefix, *STANDIN], disk.folder / "town"
        with running_local(town, *ports(), command=command, wait=False, output=tmp_path / "out") as service:
            seen = disk.seen(service)
            wait_until((seen / "town/ready.json").exists, "the service does not get ready", tries=6000)
            url = database_url(seen / "town/run")
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("create table kept (n integer, what text)")
                connection.execute("insert into kept values (0, 'before')")
            filling = seen / "filling"
            fill(filling)
            yield service, filling, url
            assert service.stop() == 0


def fill(path: Path) -> None:
    """Write until nothing more fits."""
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(_MEGABYTE))
    assert shutil.disk_usage(path).free < 8192


def insert(url: str, n: int) -> bool:
    """Whether one row of 16 kB was committed."""
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "insert into kept select %s, string_agg(md5(random()::text), '') from generate_series(1, 500)", [n]
            )
    except psycopg.Error:
        return False
    return True


def kept(url: str) -> set[int] | None:
    """The rows' numbers; None while the database is away."""
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            return {row[0] for row in connection.execute("select n from kept")}
    except psycopg.Error:
        return None


def test_a_disk_that_fills_while_the_service_runs(filled: tuple[LocalService, Path, str]) -> None:
    service, filling, url = filled
    tried = {n: insert(url, n) for n in range(1, 300)}
    assert not all(tried.values())
    assert service.process.poll() is None
    filling.unlink()
    wait_until(lambda: insert(url, 9_999), "the database does not come back", tries=3000)
    committed = {0, 9_999, *(n for n, ok in tried.items() if ok)}
    assert committed <= (kept(url) or set())
