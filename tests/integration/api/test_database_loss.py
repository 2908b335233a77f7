"""Connections to the database that end in mid-request are 503 or not noticed, never a defect."""

import threading

import psycopg

from tests.integration.api.conftest import Api


def test_requests_while_connections_are_cut_are_answered_or_503(api: Api, database_url: str) -> None:
    api.device("trap-1")
    stop = threading.Event()
    cuts = [0]

    def cut() -> None:
        with psycopg.connect(database_url, autocommit=True) as admin:
            while not stop.wait(0.02):
                # Those in the middle of something; who is connecting again is left in peace.
                row = admin.execute(
                    "select count(pg_terminate_backend(pid)) from pg_stat_activity"
                    " where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null"
                    " and application_name = 'tests'"
                ).fetchone()
                cuts[0] += row[0] if row else 0

    cutter = threading.Thread(target=cut)
    cutter.start()
    statuses: list[int] = []

    def ask(number: int) -> None:
        client = api.client()
        for turn in range(15):
            path = ("/api/v1/devices", "/api/v1/devices/trap-1", "/api/v1/incidents", "/healthz")[turn % 4]
            statuses.append(client.get(path).status_code)
            agent = client.post("/api/v1/agents", json={"name": f"{number}-{turn}"})
            statuses.append(agent.status_code)

    askers = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    stop.set()
    cutter.join()
    assert cuts[0] > 0
    assert set(statuses) <= {200, 201, 503}
    # And it comes back by itself.
    assert api.client().get("/api/v1/devices/trap-1").status_code == 200
    kept = len(api.client().get("/api/v1/agents?limit=500").json()["items"])
    assert kept >= statuses.count(201)
