"""The description of the API, made from the routes alone."""

from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI

from hub.web.app import create_app

OPEN_DATA = {"GET /api/v1/opendata/captures", "GET /api/v1/opendata/surveys"}


@pytest.fixture(scope="module")
def app() -> FastAPI:
    services: Any = SimpleNamespace(settings=SimpleNamespace(secure_cookies=False))
    return create_app(services)


def _operations(app: FastAPI) -> dict[str, dict[str, Any]]:
    paths = app.openapi()["paths"]
    return {f"{method.upper()} {path}": one for path, methods in paths.items() for method, one in methods.items()}


def test_each_route_has_a_name_of_its_own_and_says_what_it_does(app: FastAPI) -> None:
    operations = _operations(app)
    names = [one["operationId"] for one in operations.values()]
    assert len(set(names)) == len(names) > 35
    assert not [name for name, one in operations.items() if not one["summary"] or not one["description"]]


def test_each_route_needs_a_token_but_those_that_cannot(app: FastAPI) -> None:
    without = {name for name, one in _operations(app).items() if not one.get("security")}
    assert without == {"GET /healthz", "GET /metrics", *OPEN_DATA, "POST /api/v1/enrol"}


def test_every_error_is_described_as_a_problem(app: FastAPI) -> None:
    for name, one in _operations(app).items():
        assert {"422", "429", "503", "default"} <= set(one["responses"]), name
        assert ("401" in one["responses"]) == bool(one.get("security")), name
        for status, response in one["responses"].items():
            if not status.startswith("2"):
                assert list(response["content"]) == ["application/problem+json"], (name, status)


def test_nothing_is_referred_to_that_is_not_there(app: FastAPI) -> None:
    document = app.openapi()

    def references(value: Any) -> set[str]:
        if isinstance(value, dict):
            found = {value["$ref"]} if "$ref" in value else set()
            return found.union(*map(references, value.values()))
        return set().union(*map(references, value)) if isinstance(value, list) else set()

    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert references(document["paths"]) <= known
    assert references(document["components"]) <= known
