"""Files of loggers against a real TimescaleDB: stored once, changing nothing that is there, and taken back exactly."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.fields import service as fields
from hub.fields.imports import service as imports
from hub.fields.plots import NewPlot
from hub.registry import service as registry
from hub.registry.devices import NewDevice
from hub.registry.people import Actor, NewPerson
from hub.store import Database

NOW = datetime(2026, 11, 26, 5, 5, tzinfo=UTC)
TOKYO = ZoneInfo("Asia/Tokyo")
STAFF = Actor("system", "staff", frozenset({"staff"}))
FILE = "日時,気温,湿度\n2026/11/26 5:00,8.1,80\n2026/11/26 5:10,8.2,81\n2026/11/26 5:20,---,82\n2026/11/26 5:30,99,83\n"
AT = [datetime(2026, 11, 25, 20, minute, tzinfo=UTC) for minute in (0, 10, 20, 30)]


@pytest.fixture
def conn(database_url):
    database = Database(database_url, name="test")
    with database.transaction() as connection:
        yield connection
    database.close()


@pytest.fixture
def farmer(conn):
    return person(conn, "高橋")


def person(conn, name: str) -> Actor:
    person_id, _ = registry.create_person(conn, STAFF, NewPerson(name, frozenset({"farmer"})), NOW)
    return Actor(person_id, name, frozenset({"farmer"}))


@pytest.fixture
def station(conn, farmer):
    agent_id, _ = registry.create_agent(conn, STAFF, "畑の箱", NOW)
    device = registry.register_device(
        conn, STAFF, NewDevice(agent_id, "field-1", "station", "上の畑", 35.4, 140.0), NOW
    )
    fields.create_plot(conn, STAFF, NewPlot(farmer.person_id, "畑", device_keys=frozenset({device.key})), NOW)
    return device


def keep(conn, actor, station, text: str = FILE):
    draft_id = imports.keep_file(conn, actor, station, "log.csv", text.encode("cp932"), labels={}, now=NOW)
    return imports.fetch_draft(conn, actor, station, draft_id)


def put_in(conn, actor, station, text: str = FILE, now: datetime = NOW) -> str:
    draft = keep(conn, actor, station, text)
    return imports.store_file(
        conn, actor, station, draft, zone=TOKYO, refused_csv=lambda refused: str(len(refused)), now=now
    )


def measured(conn, station, at: datetime, **values: float) -> None:
    columns, blanks = ", ".join(values), ", ".join(["%s"] * len(values))
    conn.execute(
        f"insert into reading (device_id, measured_at, received_at, {columns}) values (%s, %s, %s, {blanks})",
        (station.key, at, at, *values.values()),
    )


def overwrite(conn, station, at: datetime, quantity: str, value: float) -> None:
    conn.execute(
        f"update reading set {quantity} = %s where device_id = %s and measured_at = %s", (value, station.key, at)
    )


def readings(conn, station):
    rows = conn.execute(
        "select measured_at, air_temperature, relative_humidity, soil_moisture from reading where device_id = %s"
        " order by measured_at",
        (station.key,),
    ).fetchall()
    return [(row[0], *(None if value is None else round(value, 3) for value in row[1:])) for row in rows]


def newest(conn, station):
    rows = conn.execute("select quantity, measured_at, value from latest where device_id = %s", (station.key,))
    return {row[0]: (row[1], round(row[2], 3)) for row in rows}


def test_what_a_file_would_become_before_it_is_stored(conn, farmer, station):
    measured(conn, station, AT[0], air_temperature=8.1, relative_humidity=80.0)
    measured(conn, station, AT[1], air_temperature=7.0)
    seen = imports.preview(conn, keep(conn, farmer, station), TOKYO, NOW)
    assert [seen.comparison.fates[at] for at in AT] == ["known", "differs", "new", "new"]
    assert [(one.line, one.reason) for one in seen.rows.refused] == [(5, "out_of_range")]
    assert readings(conn, station) == [(AT[0], 8.1, 80.0, None), (AT[1], 7.0, None, None)]


def test_stored_values_are_never_changed_and_gaps_are_filled(conn, farmer, station):
    measured(conn, station, AT[1], air_temperature=7.0, soil_moisture=30.0)
    import_id = put_in(conn, farmer, station)
    assert readings(conn, station) == [
        (AT[0], 8.1, 80.0, None), (AT[1], 7.0, 81.0, 30.0), (AT[2], None, 82.0, None), (AT[3], None, 83.0, None),
    ]  # fmt: skip
    one = imports.fetch_import(conn, station, import_id)
    assert (one.new_rows, one.filled_rows, one.known_rows, one.differing_rows, one.refused_lines) == (3, 0, 0, 1, 1)
    assert (one.first_at, one.last_at, one.person_name) == (AT[0], AT[3], "高橋")
    assert imports.fetch_refused(conn, one) == "1"


def test_the_same_file_again_changes_nothing(conn, farmer, station):
    put_in(conn, farmer, station)
    before = readings(conn, station)
    assert not imports.preview(conn, keep(conn, farmer, station), TOKYO, NOW).has_news
    with pytest.raises(Conflict):
        put_in(conn, farmer, station)
    assert readings(conn, station) == before
    assert len(imports.fetch_imports(conn, station)) == 1


def test_newest_values_are_replaced_by_newer_ones_only(conn, farmer, station):
    later = NOW - timedelta(minutes=1)
    measured(conn, station, later, air_temperature=12.0)
    conn.execute("insert into latest values (%s, 'air_temperature', %s, %s, 12.0)", (station.key, later, later))
    put_in(conn, farmer, station)
    assert newest(conn, station) == {"air_temperature": (later, 12.0), "relative_humidity": (AT[3], 83.0)}


def test_an_import_is_taken_back_exactly(conn, farmer, station):
    measured(conn, station, AT[1], air_temperature=7.0)
    measured(conn, station, AT[0] - timedelta(hours=1), relative_humidity=70.0)
    before = readings(conn, station)
    import_id = put_in(conn, farmer, station)
    imports.undo(conn, farmer, station, import_id, NOW)
    assert readings(conn, station) == before
    assert newest(conn, station)["relative_humidity"] == (AT[0] - timedelta(hours=1), 70.0)
    assert imports.fetch_import(conn, station, import_id).undone_at == NOW
    with pytest.raises(Conflict):
        imports.undo(conn, farmer, station, import_id, NOW)
    # and stored again
    put_in(conn, farmer, station)
    assert len(readings(conn, station)) == 5


def test_what_the_agent_added_to_an_imports_row_stays(conn, farmer, station):
    import_id = put_in(conn, farmer, station)
    conn.execute(
        "update reading set soil_moisture = 31.5 where device_id = %s and measured_at = %s", (station.key, AT[2])
    )
    imports.undo(conn, farmer, station, import_id, NOW)
    assert readings(conn, station) == [(AT[2], None, None, 31.5)]


def test_an_import_that_something_touched_stands(conn, farmer, station):
    first = put_in(conn, farmer, station)
    second = put_in(conn, farmer, station, FILE.replace("5:10", "5:15"), NOW + timedelta(minutes=1))
    with pytest.raises(Conflict):
        imports.undo(conn, farmer, station, first, NOW)
    imports.undo(conn, farmer, station, second, NOW)
    conn.execute(
        "update reading set air_temperature = 1.0 where device_id = %s and measured_at = %s", (station.key, AT[0])
    )
    with pytest.raises(Conflict):
        imports.undo(conn, farmer, station, first, NOW)
    assert readings(conn, station)[0] == (AT[0], 1.0, 80.0, None)


def test_only_whose_plot_it_measures_adds_files(conn, farmer, station):
    stranger = person(conn, "鈴木")
    with pytest.raises(Forbidden):
        keep(conn, stranger, station)
    draft = keep(conn, farmer, station)
    with pytest.raises(NotFound):
        imports.fetch_draft(conn, STAFF, station, draft.id)
    with pytest.raises(NotFound):
        imports.fetch_draft(conn, farmer, station, "fi-nothing")
    with pytest.raises(NotFound):
        imports.fetch_import(conn, station, "im-nothing")


def test_who_and_which_file_stands_in_the_audit_log(conn, farmer, station):
    import_id = put_in(conn, farmer, station)
    imports.undo(conn, farmer, station, import_id, NOW)
    rows = conn.execute(
        "select actor, act, detail from audit_entry where object = 'device/field-1' order by id"
    ).fetchall()
    assert [row[:2] for row in rows[1:]] == [(farmer.person_id, "import"), (farmer.person_id, "undo_import")]
    assert len(rows[1][2]["sha256"]) == 64
    assert rows[1][2]["rows"] == 4


def test_a_file_that_is_too_large_or_no_text_is_refused(conn, farmer, station):
    for data in (b"x" * (imports.MOST_BYTES + 1), b"\x00\x01\x02", "りんご,3\n".encode()):
        with pytest.raises(Invalid):
            imports.keep_file(conn, farmer, station, "log.csv", data, labels={}, now=NOW)


def test_presets_of_the_table_know_their_loggers(conn, farmer, station):
    text = '"Date/Time","Date/Time","No.1","No.2"\n"","","℃","%"\n"2026/11/26 5:00\'00","46352.2","22.1","47"\n'
    assert keep(conn, farmer, station, text).preset == "tandd"
    text = '"Plot Title: 1"\n"#","Date Time, GMT+09:00","Temp, °F (LGR)"\n1,11/02/26 05:00:00 PM,50.0\n'
    draft_id = imports.keep_file(conn, farmer, station, "h.csv", text.encode(), labels={}, now=NOW)
    draft = imports.fetch_draft(conn, farmer, station, draft_id)
    rows = imports.preview(conn, draft, TOKYO, NOW).rows.rows
    assert (draft.preset, list(rows)) == ("hobo", [datetime(2026, 11, 2, 8, 0, tzinfo=UTC)])


def test_rollups_are_due_after_an_import_and_after_taking_it_back(conn, farmer, station):
    marks = "select count(*) from rollup_due where device_id = %s"
    import_id = put_in(conn, farmer, station)
    assert conn.execute(marks, (station.key,)).fetchone()[0] == 1
    conn.execute("delete from rollup_due")
    imports.undo(conn, farmer, station, import_id, NOW)
    assert conn.execute(marks, (station.key,)).fetchone()[0] == 1


def test_what_a_former_farmer_measured_is_neither_shown_nor_written_over(conn, farmer, station):
    measured(conn, station, AT[0], air_temperature=8.1)
    conn.execute("update device set shown_from_at = %s where key = %s", (AT[1], station.key))
    seen = imports.preview(conn, keep(conn, farmer, station), TOKYO, NOW)
    assert AT[0] not in seen.comparison.fates
    assert [(one.line, one.reason) for one in seen.rows.refused] == [(2, "of_others"), (5, "out_of_range")]
