"""The whole service on one machine, started, broken and stopped as a user would; stand-ins for the hub's processes."""

import json
import os
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psycopg
import pytest

from hub.local.programs import find_postgres
from tests.local_service import STANDIN, LocalService, alive, descendants, left_of, running_local
from tests.servers import answers, free_port, wait_until


def start(folder: Path, *options: str, **more):
    return running_local(folder, *options, command=STANDIN, **more)


def ports() -> tuple[str, ...]:
    return "--http-port", str(free_port()), "--mqtt-port", str(free_port())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where nothing is yet."""
    return tmp_path / "town"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalService]:
    """A service that several tests look at, and break in parts."""
    with start(tmp_path_factory.mktemp("running") / "town", *ports()) as service:
        yield service


@dataclass(frozen=True)
class Town:
    """A folder whose service has stopped; `first` is what its ready.json said. Its database has a table `kept`."""

    folder: Path
    first: dict[str, Any]


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Town:
    folder = tmp_path_factory.mktemp("stopped") / "town"
    with start(folder, *ports()) as service:
        first = service.ready
        with psycopg.connect(first["database"]) as connection:
            connection.execute("create table kept (what text)")
            connection.execute("insert into kept values ('猪')")
        assert service.stop() == 0
    return Town(folder, first)


@pytest.fixture
def town(stopped: Town, folder: Path) -> Town:
    """A copy of it, with its owners, for one test to start again."""
    subprocess.run(["cp", "--archive", str(stopped.folder), str(folder)], check=True)
    return Town(folder, stopped.first)


def test_ready_says_where_everything_is(running: LocalService) -> None:
    ready = running.ready
    assert set(ready["staff"]) == {"username", "password", "token"}
    with urlopen(f"{ready['http']}/healthz") as answer:
        assert answer.status == 200
    assert answers(ready["mqtt"]["host"], ready["mqtt"]["port"])
    with psycopg.connect(ready["database"]) as connection:
        assert connection.execute("show shared_preload_libraries").fetchone() == ("timescaledb",)
        assert connection.execute("show fsync").fetchone() == ("on",)
        assert connection.execute("show server_encoding").fetchone() == ("UTF8",)
    names = {"postgres": 1, "mosquitto": 1, "accounts": 1, "ingest": 2, "worker": 1, "web": 1}
    parts = running.parts()
    assert {name: len(parts.get(name, [])) >= least for name, least in names.items()} == dict.fromkeys(names, True)


def test_secrets_are_for_the_owner_alone(running: LocalService) -> None:
    assert stat.S_IMODE((running.folder / "ready.json").stat().st_mode) == 0o600
    for name in ("secrets.json", "broker/passwords", "conf/pg_hba.conf", "logs", "run", "postgres"):
        assert stat.S_IMODE((running.folder / name).stat().st_mode) & 0o077 == 0, name


@pytest.mark.parametrize("part", ["postgres", "mosquitto", "accounts", "ingest", "worker", "web"])
def test_a_killed_part_comes_back(running: LocalService, part: str) -> None:
    ready = running.ready
    with psycopg.connect(ready["database"], autocommit=True) as connection:
        connection.execute("create table if not exists kept (part text)")
        connection.execute("insert into kept values (%s)", [part])
    victim, came_back = min(running.parts()[part]), running.said.count("is up again")
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: running.said.count("is up again") > came_back, f"{part} does not come back")
    assert victim not in running.parts()[part]
    with urlopen(f"{ready['http']}/healthz") as answer:
        assert answer.status == 200
    assert answers("127.0.0.1", ready["mqtt"]["port"])
    with psycopg.connect(ready["database"]) as connection:
        assert connection.execute("select count(*) from kept where part = %s", [part]).fetchone() == (1,)


def test_two_on_one_folder(running: LocalService, tmp_path: Path) -> None:
    code, line = one_line(running.folder, output=tmp_path / "out")
    assert code == 2
    assert f"process {running.process.pid}" in line
    assert running.process.poll() is None
    assert (running.folder / "ready.json").exists()


@pytest.mark.parametrize("what", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_ends_everything_and_takes_ready_away(town: Town, what: signal.Signals) -> None:
    with start(town.folder, *ports()) as service:
        below = descendants(service.process.pid)
        assert len(below) > 7
        assert service.stop(what) == 0
        assert [pid for pid in below if alive(pid)] == []
        assert left_of(town.folder) == []
        assert not (town.folder / "ready.json").exists()


def test_a_stop_in_the_middle_of_the_first_start(folder: Path) -> None:
    with start(folder, *ports(), wait=False) as service:
        wait_until((folder / "postgres.new").exists, "the cluster is not being made")
        assert service.stop() == 0
        assert left_of(folder) == []
    with start(folder, *ports()) as service:
        assert service.ready


def test_a_second_start_has_everything_that_was_there(town: Town) -> None:
    with start(town.folder) as service:
        ready = service.ready
        assert ready["staff"] == town.first["staff"]
        assert ready["mqtt"] == town.first["mqtt"], "agents were told this port"
        with psycopg.connect(ready["database"]) as connection:
            assert connection.execute("select what from kept").fetchall() == [("猪",)]


def test_a_killed_supervisor_leaves_nothing_and_the_next_start_works(town: Town) -> None:
    options = ports()
    with start(town.folder, *options) as service:
        below = descendants(service.process.pid)
        service.process.kill()
        service.process.wait()
        with start(town.folder, *options) as again:  # at once, while the database may still be shutting down
            wait_until(lambda: [pid for pid in below if alive(pid)] == [], "something of the killed run is left")
            assert again.ready["staff"] == town.first["staff"]
            with psycopg.connect(again.ready["database"]) as connection:
                assert connection.execute("select what from kept").fetchall() == [("猪",)]


def test_a_pid_file_that_names_somebody_else_by_now(town: Town) -> None:
    # what a power cut leaves: a pid file whose number is a process of the same user after the boot
    cluster = town.folder / "postgres"
    as_owner = ["setpriv", f"--reuid={cluster.stat().st_uid}", "--clear-groups"] if os.geteuid() == 0 else []
    with subprocess.Popen([*as_owner, "sleep", "300"]) as somebody:
        words = (somebody.pid, cluster, 0, 5432, "", "", "0 0", "ready", "")
        (cluster / "postmaster.pid").write_text("\n".join(map(str, words)))
        try:
            with start(town.folder, *ports()) as service:
                assert service.ready
                assert alive(somebody.pid)
        finally:
            somebody.kill()


def test_a_newer_timescaledb_takes_the_database_along(town: Town) -> None:
    kept = json.loads((town.folder / "secrets.json").read_text())
    with start(town.folder, *ports()) as service, psycopg.connect(service.ready["database"]) as connection:
        connection.execute("create extension timescaledb")
    (town.folder / "secrets.json").write_text(json.dumps({**kept, "timescaledb": "2.0.0"}))
    with start(town.folder, *ports()) as service:
        assert service.ready
    log = (town.folder / "logs/update-timescaledb.log").read_text()
    assert "already installed" in log
    assert json.loads((town.folder / "secrets.json").read_text())["timescaledb"] == find_postgres().timescaledb


def one_line(folder: Path, *options: str, output: Path | None = None) -> tuple[int, str]:
    """Exit code and the last line of a start that does not succeed; there must be no traceback."""
    with start(folder, *options, wait=False, output=output) as service:
        code = service.wait_ended()
        assert "Traceback" not in service.said
        return code, service.said.strip().splitlines()[-1]


def test_a_taken_port_is_one_clear_line(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for option in ("--http-port", "--mqtt-port"):
            code, line = one_line(folder, option, str(port))
            assert code == 2
            assert f"port {port} is taken" in line
            assert option in line
    assert not (folder / "postgres").exists()


def test_both_ports_the_same(folder: Path) -> None:
    port = str(free_port())
    code, line = one_line(folder, "--http-port", port, "--mqtt-port", port)
    assert (code, "asked for twice" in line) == (2, True)


def test_ports_that_are_not_given_are_chosen(tmp_path: Path) -> None:
    with start(tmp_path / "a") as one, start(tmp_path / "b") as two:
        assert len({one.ready["http"], two.ready["http"]}) == 2
        assert one.ready["mqtt"]["port"] != two.ready["mqtt"]["port"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--http-port", "0"), "--http-port"),
        (("--http-port", "70000"), "--http-port"),
        (("--mqtt-port", "eighty"), "--mqtt-port"),
        (("--smtp", "nowhere"), "HOST:PORT"),
        (("--smtp", "localhost:99999"), "HOST:PORT"),
        (("--sideways",), "--sideways"),
    ],
)
def test_options_that_mean_nothing(folder: Path, options: tuple[str, ...], words: str) -> None:
    code, line = one_line(folder, *options)
    assert code == 2
    assert words in line
    assert not folder.exists()


def test_the_folder_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "town").write_text("")
    code, line = one_line(tmp_path / "town")
    assert (code, "is a file" in line) == (2, True)


def test_the_folder_is_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, line = one_line(tmp_path / "file" / "town", output=tmp_path / "out")
    assert (code, "not a directory" in line) == (2, True)


def test_the_folder_holds_something_else_of_that_name(folder: Path) -> None:
    (folder / "logs").mkdir(parents=True)
    (folder / "logs" / "diary").write_text("")
    code, line = one_line(folder)
    assert (code, "not of this service" in line) == (2, True)
    assert (folder / "logs" / "diary").exists()


def test_a_database_of_another_version(town: Town) -> None:
    version = town.folder / "postgres/PG_VERSION"
    version.write_text("9\n")
    code, line = one_line(town.folder)
    assert code == 2
    assert "the data is of PostgreSQL 9" in line
    version.unlink()
    code, line = one_line(town.folder)
    assert (code, "holds no complete database" in line) == (2, True)
    assert (town.folder / "postgres/base").exists()


def test_damaged_secrets_are_not_replaced(town: Town) -> None:
    (town.folder / "secrets.json").write_text('{"secret":')
    code, line = one_line(town.folder)
    assert (code, "secrets.json is damaged" in line) == (2, True)
    assert (town.folder / "secrets.json").read_text() == '{"secret":'


def test_a_long_and_odd_path(tmp_path: Path) -> None:
    folder = tmp_path / ("罠守 の,データ" + "x" * 60) / ("y" * 70) / "it's"
    folder.parent.mkdir(parents=True)
    with start(folder, *ports()) as service:
        with psycopg.connect(service.ready["database"]) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
        sockets = Path(str(psycopg.conninfo.conninfo_to_dict(service.ready["database"])["host"]))
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert service.stop() == 0
    assert not sockets.exists()
