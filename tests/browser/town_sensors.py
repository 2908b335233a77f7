"""Sensors in every state for looking at their pages, and one that was calibrated."""

import json
from datetime import timedelta

from hub import clock
from hub.fields.quality import changes
from hub.fields.quality.changes import NewChange, Reference
from hub.fields.quality.states import Verdict
from hub.fields.quality.store import save_state
from tests.website import Website

PAGES_OF_SENSORS = ("sensors", "a sensor")
_STATES = {
    "air_temperature": Verdict("drifting", "away", clock.now() - timedelta(days=9), {"away": 1.7}),
    "relative_humidity": Verdict("stuck", "flat_alone", clock.now() - timedelta(hours=9), {"value": 71.0, "hours": 9}),
    "soil_moisture": Verdict("ok", None, clock.now() - timedelta(days=90)),
    "soil_temperature": Verdict("out_of_range", "refused", clock.now() - timedelta(hours=2), {"value": -127.0}),
    "rainfall": Verdict("silent", "missing", clock.now() - timedelta(hours=30)),
    "battery_voltage": Verdict("late", "buffered", clock.now() - timedelta(hours=5), {"way_s": 21_600}),
}


def fill_sensors(site: Website) -> dict[str, tuple[str | None, str]]:
    """The pages by name."""
    now, station, farmer = clock.now(), site.devices["field-1"], site.actor("takahashi")
    with site.database.transaction() as conn:
        for quantity, verdict in _STATES.items():
            save_state(conn, station.key, quantity, verdict, now)
        change = NewChange("relative_humidity", now - timedelta(days=2), note="アスマン乾湿計")
        reference = Reference(now - timedelta(minutes=30), 71.0)
        changes.calibrate(conn, farmer, station, change, [reference], from_at=now - timedelta(days=2), now=now)
        conn.execute("update sensor_watch set memory = %s", (json.dumps({}),))
    return {
        "sensors": ("takahashi", "/stations/field-1/sensors"),
        "a sensor": ("takahashi", "/stations/field-1/sensors/air_temperature"),
    }
