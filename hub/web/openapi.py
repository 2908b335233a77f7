"""The OpenAPI document: what FastAPI derives from the routes, and what every route has in common."""

from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from hub.web.problem import Problem

__all__ = ["describe", "operation_id", "problems"]

_ABOUT = """\
Agents, devices, readings, incidents and people of one town.

Send `Authorization: Bearer wm_…`, the token of a person: what the person may not see does not exist for the token.
Times are RFC 3339 in UTC. Lists are `{"items": […], "next": cursor or null}`: give `next` as `cursor` to continue.
Every error is an RFC 9457 problem. Keys of a request that are not described are ignored; answers may get more keys.
"""
_MEDIA = "application/problem+json"
_SCHEMA = {"$ref": "#/components/schemas/Problem"}
# What may happen to any request with a token, and to any without.
_ALWAYS = (401, 422, 429, 503)
_WITHOUT_TOKEN = (422, 429, 503)
_TEXTS = {
    401: "No token, or one that is not known",
    403: "Not with the rights of this token",
    404: "There is no such thing, or it is not for this token to see",
    409: "Not in the present state",
    413: "More than is taken at once",
    422: "The request cannot be used as it is",
    429: "Too many requests; see Retry-After",
    503: "Not just now; see Retry-After",
}
_HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}}},
    429: {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds"}},
    503: {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds"}},
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that a route may answer with besides those of every route, for its `responses`."""
    return {status: _response(status) for status in statuses}


def _response(status: int) -> dict[str, Any]:
    example = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": _TEXTS[status]}
    response: dict[str, Any] = {
        "description": _TEXTS[status],
        "content": {_MEDIA: {"schema": _SCHEMA, "example": example}},
    }
    return response | ({"headers": _HEADERS[status]} if status in _HEADERS else {})


def operation_id(route: APIRoute) -> str:
    """What a route is called in generated clients: the name of its function, which is unique."""
    return route.name


def describe(app: FastAPI) -> None:
    """Make the application answer with the completed document."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _complete(app)
        return app.openapi_schema

    app.openapi = document


def _complete(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(title=app.title, version=app.version, description=_ABOUT, routes=app.routes)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs", {})
    schemas["Problem"] = problem
    # FastAPI's own form of a 422 is never sent.
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for path in document["paths"].values():
        for operation in cast("dict[str, dict[str, Any]]", path).values():
            responses = operation["responses"]
            expected = _ALWAYS if "security" in operation else _WITHOUT_TOKEN
            responses |= {str(status): _response(status) for status in expected}
            responses["default"] = {"description": "A problem", "content": {_MEDIA: {"schema": _SCHEMA}}}
    return document
