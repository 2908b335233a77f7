"""From the broker to the state of a sensor: what ingest refuses is why a sensor is out of range, and not silent."""

from datetime import UTC, datetime, timedelta

from hub.fields.quality import fetch_states
from hub.fields.quality.watching import SensorWatch
from hub.store import Database
from hub.wiring.handlers import make_on_strange
from tests.integration.ingest.town import Publisher, Town, reading, running_ingest
from tests.servers import Broker


def test_what_was_refused_names_the_sensor_whose_values_cannot_be(
    town: Town, publisher: Publisher, broker: Broker
) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    times = [now - timedelta(minutes=5 * back) for back in range(20, 0, -1)]
    fine = [20.0 + number / 10 for number in range(20)]
    with running_ingest(town.url, broker, on_strange=make_on_strange()):
        publisher.send(
            reading("ag-1", "field-1", 1, times, air_temperature=[*fine[:10], *[850.0] * 10], soil_moisture=fine)
        )
        publisher.send(reading("ag-2", "field-2", 2, [now + timedelta(hours=3)], soil_moisture=[20.0]))
        publisher.send(
            reading("ag-1", "field-1", 1, times, air_temperature=[*fine[:10], *[850.0] * 10], soil_moisture=fine)
        )
        publisher.await_receipts("ag-1", {1})
        publisher.await_receipts("ag-2", {2})

    database = Database(town.url, name="test worker")
    with database.transaction() as conn:
        SensorWatch().sweep(conn, now)
        states = fetch_states(conn, [town.key("field-1")])[town.key("field-1")]
    database.close()

    assert {name: state.state for name, state in states.items()} == {
        "air_temperature": "out_of_range",
        "soil_moisture": "ok",
    }
    assert states["air_temperature"].detail == {"value": 850.0}
    assert town.rows("select quantity, reason from sensor_refusal order by quantity") == [
        ("", "impossible_time"),
        ("air_temperature", "out_of_range"),
    ]
