from tests.integration.api.conftest import Api


def test_a_well_service_says_so(api: Api) -> None:
    answer = api.client(None).get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"


def test_a_lost_database_is_503_with_when_to_ask_again(api: Api) -> None:
    api.database.close()
    answer = api.client(None).get("/healthz")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "5"
