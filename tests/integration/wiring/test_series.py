"""What operators do about series, by the functions behind `wanamori-hub rollups` and `retention`."""

from datetime import UTC, datetime

import psycopg
import pytest

from hub.config import Settings
from hub.errors import Invalid
from hub.wiring.series import keep, rebuild_rollups, show_retention, show_rollups


@pytest.fixture
def settings(database_url: str) -> Settings:
    with psycopg.connect(database_url) as conn:
        conn.execute("insert into agent (id, name, created_at) values ('ag', 'x', now())")
        conn.execute(
            "insert into device (id, agent_id, kind, name, lat, lon, created_at)"
            " values ('field-1', 'ag', 'station', 'x', 35, 140, now())"
        )
        conn.execute(
            "insert into reading (device_id, measured_at, received_at, air_temperature)"
            " select 1, at, at, 20 from generate_series(now() - interval '30 hours', now() - interval '5 hours',"
            " interval '10 minutes') at"
        )
    return Settings(database_url=database_url, secret="x" * 32)  # pyright: ignore[reportArgumentType]


def test_everything_is_computed_again_also_what_was_changed_by_hand(settings: Settings, database_url: str) -> None:
    assert rebuild_rollups(settings) >= 1
    with psycopg.connect(database_url) as conn:
        conn.execute("update reading_hour set air_temperature_sum = 0")
        conn.execute("delete from reading_day")
    rebuild_rollups(settings)
    with psycopg.connect(database_url) as conn:
        hours = conn.execute("select distinct air_temperature_sum / air_temperature_count from reading_hour").fetchall()
        days = conn.execute("select sum(air_temperature_count) from reading_day").fetchone()
    assert (hours, days) == ([(20.0,)], (151,))
    assert (
        show_rollups(settings)[0].startswith("1 device rolled up, kept: 26 hours")
        or "27 hours" in show_rollups(settings)[0]
    )


def test_what_is_kept_is_shown_changed_and_applied(settings: Settings) -> None:
    keep(settings, "heartbeats", "60", "市の取り決め")
    keep(settings, "readings", "ever", "研究のため")
    today = datetime.now(UTC).date()
    lines = show_retention(settings, apply=True)
    assert f"heartbeats: 60 days, since {today}. 市の取り決め" in lines
    assert any(line.startswith("readings: for ever") for line in lines)
    assert lines[-1].startswith("applied in")


@pytest.mark.parametrize(("what", "days"), [("readings", "soon"), ("readings", "5"), ("incidents", "100")])
def test_what_cannot_be_meant_is_refused(settings: Settings, what: str, days: str) -> None:
    with pytest.raises(Invalid):
        keep(settings, what, days, "x")
