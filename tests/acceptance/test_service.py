"""What a whole service promises before anybody does anything with it."""

import httpx

from tests.acceptance.service import Service


def test_ready_file_names_a_service_that_answers(service: Service):
    with service.client() as nobody:
        assert nobody.get("/healthz").status_code == 200
        assert nobody.get("/api/v1/devices").status_code == 401
    assert service.api.get("/api/v1/devices").json().keys() == {"items", "next"}
    assert httpx.get(f"{service.http}/api/v1/openapi.json").json()["openapi"].startswith("3.")


def test_ready_file_names_a_database_that_can_be_asked(service: Service):
    assert service.rows("select count(*) from device")
