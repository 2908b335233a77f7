"""The whole service on one machine, started, broken and stopped as a user would; stand-ins for the hub's processes."""

import os
import signal
import socket
import stat
import subprocess
from pathlib import Path
from urllib.request import urlopen

import psycopg
import pytest

from tests.local_service import STANDIN, alive, descendants, left_of, running_local
from tests.servers import answers, free_port, wait_until


def start(folder: Path, *options: str, **more):
    return running_local(folder, *options, command=STANDIN, **more)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "town"


def ports() -> tuple[str, ...]:
    return "--http-port", str(free_port()), "--mqtt-port", str(free_port())


def test_ready_says_where_everything_is(folder: Path) -> None:
    http_port, mqtt_port = free_port(), free_port()
    with start(folder, "--http-port", str(http_port), "--mqtt-port", str(mqtt_port)) as service:
        ready = service.ready
        assert ready["http"] == f"http://127.0.0.1:{http_port}"
        assert ready["mqtt"] == {"host": "127.0.0.1", "port": mqtt_port}
        assert set(ready["staff"]) == {"username", "password", "token"}
        assert stat.S_IMODE((folder / "ready.json").stat().st_mode) == 0o600
        with urlopen(f"{ready['http']}/healthz") as answer:
            assert answer.status == 200
        with psycopg.connect(ready["database"]) as connection:
            assert connection.execute("show shared_preload_libraries").fetchone() == ("timescaledb",)
            assert connection.execute("show fsync").fetchone() == ("on",)
            assert connection.execute("show server_encoding").fetchone() == ("UTF8",)
        names = {"postgres": 1, "mosquitto": 1, "accounts": 1, "ingest": 2, "worker": 1, "web": 1}
        parts = service.parts()
        assert {name: len(parts.get(name, [])) >= least for name, least in names.items()} == dict.fromkeys(names, True)


def test_a_stop_ends_everything_and_takes_ready_away(folder: Path) -> None:
    with start(folder, *ports()) as service:
        below = descendants(service.process.pid)
        assert len(below) > 7
        assert service.stop(signal.SIGTERM) == 0
        assert [pid for pid in below if alive(pid)] == []
        assert left_of(folder) == []
        assert not (folder / "ready.json").exists()


def test_ctrl_c_is_a_stop_as_well(folder: Path) -> None:
    with start(folder, *ports()) as service:
        assert service.stop(signal.SIGINT) == 0
        assert left_of(folder) == []


def test_a_stop_in_the_middle_of_the_first_start(folder: Path) -> None:
    with start(folder, *ports(), wait=False) as service:
        wait_until((folder / "postgres.new").exists, "the cluster is not being made")
        assert service.stop() == 0
        assert left_of(folder) == []
    with start(folder, *ports()) as service:
        assert service.ready


def test_a_second_start_has_everything_that_was_there(folder: Path) -> None:
    with start(folder, *ports()) as service:
        first = service.ready
        with psycopg.connect(first["database"]) as connection:
            connection.execute("create table kept (what text)")
            connection.execute("insert into kept values ('猪')")
        assert service.stop() == 0
    with start(folder, *ports()) as service:
        assert service.ready["staff"] == first["staff"]
        with psycopg.connect(service.ready["database"]) as connection:
            assert connection.execute("select what from kept").fetchall() == [("猪",)]


def test_the_brokers_port_stays_where_agents_were_told(folder: Path) -> None:
    with start(folder, *ports()) as service:
        port = service.ready["mqtt"]["port"]
    with start(folder) as service:
        assert service.ready["mqtt"]["port"] == port


@pytest.mark.parametrize("part", ["postgres", "mosquitto", "accounts", "ingest", "worker", "web"])
def test_a_killed_part_comes_back(folder: Path, part: str) -> None:
    with start(folder, *ports()) as service:
        ready = service.ready
        with psycopg.connect(ready["database"], autocommit=True) as connection:
            connection.execute("create table kept (n integer)")
            connection.execute("insert into kept values (1)")
        victim = min(service.parts()[part])
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda: "is up again" in service.said, f"{part} does not come back")
        assert victim not in service.parts()[part]
        with urlopen(f"{ready['http']}/healthz") as answer:
            assert answer.status == 200
        assert answers("127.0.0.1", ready["mqtt"]["port"])
        with psycopg.connect(ready["database"]) as connection:
            assert connection.execute("select n from kept").fetchall() == [(1,)]
        assert service.stop() == 0
        assert left_of(folder) == []


def test_a_killed_supervisor_leaves_nothing_and_the_next_start_works(folder: Path) -> None:
    options = ports()
    with start(folder, *options) as service:
        first = service.ready
        below = descendants(service.process.pid)
        service.process.kill()
        service.process.wait()
        with start(folder, *options) as again:  # at once, while the database may still be shutting down
            wait_until(lambda: [pid for pid in below if alive(pid)] == [], "something of the killed run is left")
            assert again.ready["staff"] == first["staff"]
            with psycopg.connect(again.ready["database"]) as connection:
                assert connection.execute("select 1").fetchone() == (1,)


def test_a_pid_file_that_names_somebody_else_by_now(folder: Path) -> None:
    with start(folder, *ports()) as service:
        assert service.stop() == 0
    # what a power cut leaves: a pid file whose number is a process of the same user after the boot
    owner = (folder / "postgres").stat().st_uid
    as_owner = ["setpriv", f"--reuid={owner}", "--clear-groups"] if os.geteuid() == 0 else []
    with subprocess.Popen([*as_owner, "sleep", "300"]) as somebody:
        words = (somebody.pid, folder / "postgres", 0, 5432, "", "", "0 0", "ready", "")
        (folder / "postgres/postmaster.pid").write_text("\n".join(map(str, words)))
        try:
            with start(folder, *ports()) as service:
                assert service.ready
                assert alive(somebody.pid)
        finally:
            somebody.kill()


def one_line(folder: Path, *options: str, environment: dict[str, str] | None = None) -> tuple[int, str]:
    """Exit code and the last line of a start that does not succeed; there must be no traceback."""
    with start(folder, *options, environment=environment, wait=False) as service:
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
    with start(tmp_path / "file" / "town", wait=False, output=tmp_path / "out") as service:
        assert service.wait_ended() == 2
        assert "not a directory" in service.said


def test_the_folder_holds_something_else_of_that_name(folder: Path) -> None:
    (folder / "logs").mkdir(parents=True)
    (folder / "logs" / "diary").write_text("")
    code, line = one_line(folder)
    assert (code, "not of this service" in line) == (2, True)
    assert (folder / "logs" / "diary").exists()


def test_a_database_of_another_version(folder: Path) -> None:
    with start(folder, *ports()) as service:
        assert service.stop() == 0
    version = folder / "postgres/PG_VERSION"
    right = version.read_text()
    version.write_text("9\n")
    code, line = one_line(folder)
    assert code == 2
    assert "the data is of PostgreSQL 9" in line
    version.write_text(right)
    with start(folder, *ports()) as service:
        assert service.ready


def test_damaged_secrets_are_not_replaced(folder: Path) -> None:
    with start(folder, *ports()) as service:
        assert service.stop() == 0
    (folder / "secrets.json").write_text('{"secret":')
    code, line = one_line(folder)
    assert (code, "secrets.json is damaged" in line) == (2, True)
    assert (folder / "secrets.json").read_text() == '{"secret":'


def test_two_on_one_folder(folder: Path) -> None:
    with start(folder, *ports()) as service:
        code, line = one_line(folder)
        assert code == 2
        assert f"process {service.process.pid}" in line
        assert service.process.poll() is None
        assert (folder / "ready.json").exists()


def test_secrets_are_for_the_owner_alone(folder: Path) -> None:
    with start(folder, *ports()):
        for name in ("secrets.json", "ready.json", "broker/passwords", "conf/pg_hba.conf", "logs", "run", "postgres"):
            assert stat.S_IMODE((folder / name).stat().st_mode) & 0o077 == 0, name


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
