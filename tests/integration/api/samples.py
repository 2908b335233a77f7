"""One of each thing, so that requests reach what lies behind the first look-up."""

from dataclasses import dataclass
from datetime import timedelta

from hub import clock
from hub.alerts.views import NewIncident
from hub.store import Connection
from tests.integration.api.conftest import Api


@dataclass(frozen=True)
class Samples:
    """Ids of what was made."""

    agent: str
    trap: str
    station: str
    team: str
    hunter: str
    farmer: str
    plot: str
    group: str
    gone_plot: tuple[str, str]
    own_seal: str
    incidents: list[str]
    visit: str
    capture: str
    drone: str
    survey: str


def device_key(conn: Connection, device_id: str) -> int:
    row = conn.execute("select key from device where id = %s", (device_id,)).fetchone()
    assert row
    return row[0]


def spring(api: Api, device_id: str) -> str:
    """A trap springs, as ingest would tell it; the incident's id."""
    now = clock.now()
    with api.database.transaction() as conn:
        key = device_key(conn, device_id)
        api.services.traps.on_sprung(conn, key, occurred_at=now, uncertain=False, late=False, now=now)
        return api.services.alerts.open_incident(conn, NewIncident("trap_sprung", key, None, now), now)


def measure(api: Api, device_id: str, count: int, step: timedelta = timedelta(minutes=5)) -> None:
    """`count` readings of soil moisture 0, 1, 2 … the last one now; only the last one arrived in time."""
    now = clock.now()
    with api.database.transaction() as conn:
        key = device_key(conn, device_id)
        for number in range(count):
            conn.execute(
                "insert into reading (device_id, measured_at, received_at, soil_moisture) values (%s, %s, %s, %s)",
                (key, now - (count - 1 - number) * step, now, float(number)),
            )
        conn.execute(
            "insert into latest (device_id, quantity, measured_at, received_at, value)"
            " values (%s, 'soil_moisture', %s, %s, %s)",
            (key, now, now, float(count - 1)),
        )


def make_samples(api: Api) -> Samples:
    staff = api.client()
    agent = api.agent()
    hunter, farmer = api.person("hunter")[0], api.person("farmer")[0]
    team = staff.post("/api/v1/teams", json={"name": "a team"}).json()["id"]
    staff.put(f"/api/v1/teams/{team}/members/{hunter}")
    incidents = []
    for number in range(4):
        api.device(f"trap-{number}", agent=agent)
        incidents.append(spring(api, f"trap-{number}"))
    api.device("station-1", "station", agent=agent)
    measure(api, "station-1", 30)
    plot = staff.post("/api/v1/plots", json={"name": "a plot", "owner": farmer, "stations": ["station-1"]}).json()["id"]
    group = staff.post("/api/v1/farmer-groups", json={"name": "JA ブルーベリー部会"}).json()["id"]
    gone = staff.post("/api/v1/plots", json={"name": "to be deleted", "owner": farmer}).json()["id"]
    seal = staff.get(f"/api/v1/plots/{gone}/deletion").json()["seal"]
    own_seal = staff.get("/api/v1/plots/deletion").json()["seal"]
    visit = staff.post("/api/v1/patrols", json={"device": "trap-3"}).json()["id"]
    capture = staff.post("/api/v1/captures", json={"device": "trap-3", "outcome": "visited"}).json()["id"]
    api.device("drone-1", "drone", agent=agent)
    ring = [[140.0, 35.3], [140.002, 35.3], [140.002, 35.302], [140.0, 35.302], [140.0, 35.3]]
    area = {"type": "Polygon", "coordinates": [ring]}
    asked = {"area": area, "line_spacing_m": 60, "height_m": 60, "drones": ["drone-1"], "drill": True}
    survey = staff.post("/api/v1/surveys", json=asked).json()["id"]
    return Samples(
        agent,
        "trap-0",
        "station-1",
        team,
        hunter,
        farmer,
        plot,
        group,
        (gone, seal),
        own_seal,
        incidents,
        visit,
        capture,
        "drone-1",
        survey,
    )
