"""The schema as the migrations leave it, and every named statement held against it."""

import importlib.resources
import re
from pathlib import Path

import psycopg
import pytest

from edge.wire.quantities import QUANTITIES
from hub.errors import SetupError
from hub.store import Queries, migrate, migrations
from tests.servers import DatabaseServer

HUB = Path(str(importlib.resources.files("hub")))
QUERY_FILES = sorted(HUB.glob("**/queries.sql"))
_KEYS = ("device_id", "measured_at", "received_at")

_EVERYTHING = """
select 'column', format('%s.%s %s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
    a.attidentity, pg_get_expr(d.adbin, d.adrelid))
from pg_attribute a join pg_class c on c.oid = a.attrelid
left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'm') and a.attnum > 0 and not a.attisdropped
union all select 'constraint', format('%s %s', conrelid::regclass, pg_get_constraintdef(oid))
from pg_constraint where connamespace = 'public'::regnamespace
union all select 'index', indexdef from pg_indexes where schemaname = 'public'
union all select 'trigger', pg_get_triggerdef(t.oid) from pg_trigger t join pg_class c on c.oid = t.tgrelid
where not tgisinternal and c.relnamespace = 'public'::regnamespace
union all select 'function', pg_get_functiondef(p.oid) from pg_proc p
where pronamespace = 'public'::regnamespace and not exists (select from pg_depend where objid = p.oid and deptype = 'e')
union all select 'hypertable', format('%s %s', hypertable_name, num_dimensions) from timescaledb_information.hypertables
order by 1, 2
"""


def everything(url: str) -> list[tuple[str, str]]:
    with psycopg.connect(url) as conn:
        return conn.execute(_EVERYTHING).fetchall()


def test_migrated_one_by_one_equals_migrated_at_once(
    database_server: DatabaseServer, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A town that has followed every version has what a town has that starts today."""
    followed = database_server.empty()
    files = sorted(migrations.FOLDER.glob("*.sql"))
    monkeypatch.setattr(migrations, "FOLDER", tmp_path)
    for file in files:
        (tmp_path / file.name).write_bytes(file.read_bytes())
        assert migrate(followed) == 1

    assert everything(followed) == everything(database_url)
    assert migrate(followed) == 0
    database_server.drop(followed)


def test_a_migration_that_ran_is_never_changed(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in migrations.FOLDER.glob("*.sql"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    first = min(tmp_path.iterdir())
    first.write_text(first.read_text(encoding="utf-8") + "\n-- a second thought\n", encoding="utf-8")
    monkeypatch.setattr(migrations, "FOLDER", tmp_path)

    with pytest.raises(SetupError, match="was changed after it ran"):
        migrate(database_url)


def test_an_older_program_leaves_a_newer_database_alone(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = sorted(migrations.FOLDER.glob("*.sql"))
    for file in files[:-1]:
        (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr(migrations, "FOLDER", tmp_path)

    with pytest.raises(SetupError, match="install a newer version"):
        migrate(database_url)


def test_a_migration_that_fails_leaves_nothing_behind(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in migrations.FOLDER.glob("*.sql"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "9999_wrong.sql").write_text("create table half (a int); select 1 / 0;", encoding="utf-8")
    monkeypatch.setattr(migrations, "FOLDER", tmp_path)
    before = everything(database_url)

    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(database_url)

    assert everything(database_url) == before


def test_each_quantity_of_the_wire_is_a_column_of_reading(database_url: str) -> None:
    with psycopg.connect(database_url) as conn:
        columns = conn.execute(
            "select attname, format_type(atttypid, atttypmod) from pg_attribute"
            " where attrelid = 'reading'::regclass and attnum > 0 and not attisdropped order by attnum"
        ).fetchall()

    assert [name for name, _ in columns[: len(_KEYS)]] == list(_KEYS)
    assert dict(columns[len(_KEYS) :]) == dict.fromkeys(QUANTITIES, "real")


def numbered(statement: str) -> str:
    """The statement with $1, $2, … for its parameters; a column that the code fills in is any one of them here."""
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", statement)))
    for number, name in enumerate(names, 1):
        statement = statement.replace(f"%({name})s", f"${number}")
    column = next(iter(QUANTITIES))
    filled = re.sub(r"\{(averages|aggregates)\}", f"avg({column})", statement.replace("%%", "%"))
    return re.sub(r"\{\w+\}", column, filled)


@pytest.mark.parametrize("path", QUERY_FILES, ids=lambda path: str(path.relative_to(HUB)))
def test_each_named_statement_fits_the_schema(path: Path, database_url: str) -> None:
    """The server parses and types each statement against the tables as they are; none is run."""
    faults: list[str] = []
    with psycopg.connect(database_url, autocommit=True) as conn:
        for name, statement in Queries(path).statements.items():
            try:
                conn.execute(f"prepare {name} as {numbered(statement)}".encode())
            except psycopg.Error as error:
                faults.append(f"{name}: {error}")

    assert not faults


def test_there_are_statements_to_look_at() -> None:
    assert {path.parent.name for path in QUERY_FILES} >= {"registry", "store"}
