"""A saved database comes back whole, and a wrong call harms nothing."""

import os
import subprocess
from pathlib import Path

import psycopg

from tests.architecture.tree import ROOT
from tests.servers import DatabaseServer


def _backup(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "WANAMORI_DATABASE_URL": url}
    argv = [str(ROOT / "deploy/backup"), *arguments]
    return subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)


def _filled(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("create extension if not exists timescaledb")
        connection.execute("create table sample (device_id integer, measured_at timestamptz not null, value real)")
        connection.execute("select create_hypertable('sample', by_range('measured_at', interval '1 day'))")
        connection.execute(
            "insert into sample select d, timestamptz '2026-11-01Z' + n * interval '6 hours', n"
            " from generate_series(1, 3) d, generate_series(0, 99) n"
        )


def _contents(url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("select device_id, measured_at, value from sample order by 1, 2").fetchall()
        chunks = connection.execute("select count(*) from show_chunks('sample')").fetchall()
        # rows go on finding their chunk: the extension is not left in its restoring state
        connection.execute("insert into sample values (9, timestamptz '2027-01-01Z', 1)")
    return rows + chunks


def test_a_saved_database_comes_back_whole(database_server: DatabaseServer, tmp_path: Path) -> None:
    source, target, file = database_server.empty(), database_server.empty(), tmp_path / "town.dump"
    _filled(source)
    saved = _backup(source, "save", str(file))
    assert saved.returncode == 0, saved.stderr
    restored = _backup(target, "restore", str(file))
    assert restored.returncode == 0, restored.stderr
    assert _contents(target) == _contents(source)
    assert [path.name for path in tmp_path.iterdir()] == ["town.dump"]


def test_the_hub_s_own_schema_comes_back(database_server: DatabaseServer, tmp_path: Path) -> None:
    source, target, file = database_server.migrated(), database_server.empty(), tmp_path / "town.dump"
    assert _backup(source, "save", str(file)).returncode == 0
    restored = _backup(target, "restore", str(file))
    assert restored.returncode == 0, restored.stderr
    query = (
        "select table_name, column_name, data_type from information_schema.columns where table_schema = 'public'"
        " order by 1, 2"
    )
    with psycopg.connect(source) as before, psycopg.connect(target) as after:
        assert after.execute(query).fetchall() == before.execute(query).fetchall()


def test_a_database_that_is_not_empty_is_left_alone(database_server: DatabaseServer, tmp_path: Path) -> None:
    source, file = database_server.empty(), tmp_path / "town.dump"
    _filled(source)
    before = _backup(source, "save", str(file))
    assert before.returncode == 0, before.stderr
    again = _backup(source, "restore", str(file))
    assert again.returncode == 2
    assert "not empty" in again.stderr
    assert len(_contents(source)) == 301


def test_what_is_no_backup_is_refused(database_server: DatabaseServer, tmp_path: Path) -> None:
    rubbish = tmp_path / "rubbish"
    rubbish.write_bytes(b"no database")
    url = database_server.empty()
    for argument, word in ((rubbish, "no saved database"), (tmp_path / "absent", "cannot be read")):
        done = _backup(url, "restore", str(argument))
        assert done.returncode == 2
        assert word in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_failed_save_leaves_the_last_good_file(tmp_path: Path) -> None:
    file = tmp_path / "town.dump"
    file.write_text("the last good one")
    done = _backup("postgresql://127.0.0.1:9/none", "save", str(file))
    assert done.returncode == 1
    assert file.read_text() == "the last good one"
    assert [path.name for path in tmp_path.iterdir()] == ["town.dump"]
