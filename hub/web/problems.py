"""Every error as RFC 9457 `application/problem+json` for programs, and as a page for people."""

from collections.abc import Mapping, Sequence
from typing import Any, cast
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from hub.errors import HubError, NotSignedIn, TooMany, Unavailable
from hub.web import pages
from hub.web.problem import FieldError, problem, title_of
from hub.web.routes import RouteTable
from hub.web.session import SIGN_IN_PATH

__all__ = ["install_problem_handlers"]

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
_FOR_PROGRAMS = ("/api/", "/line/", "/healthz", "/metrics")
_RETRY_AFTER_S = 5


def install_problem_handlers(app: FastAPI) -> None:
    """Give every error that can leave a route its answer."""
    app.add_exception_handler(HubError, _on_hub_error)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(Exception, _on_defect)


async def _on_hub_error(request: Request, error: Exception) -> Response:
    fault = cast("HubError", error)
    headers: dict[str, str] = {}
    if isinstance(fault, NotSignedIn):
        if not _is_for_program(request) and request.method == "GET":
            return RedirectResponse(f"{SIGN_IN_PATH}?next={quote(_path_of(request))}", 303)
        headers["WWW-Authenticate"] = 'Bearer realm="wanamori"'
    elif isinstance(fault, TooMany):
        headers["Retry-After"] = str(fault.retry_after_s)
    elif isinstance(fault, Unavailable):
        headers["Retry-After"] = str(_RETRY_AFTER_S)
        _log.warning("unavailable", path=request.url.path, error=str(fault))
    # What a database or broker said is for the log, not for whoever asks.
    detail = Unavailable.__doc__ if type(fault) is Unavailable else str(fault)
    return _answer(request, fault.status, detail, headers=headers)


async def _on_http_error(request: Request, error: Exception) -> Response:
    fault = cast("HTTPException", error)
    headers = dict(fault.headers or {})
    if fault.status_code == 405:
        routes: RouteTable = request.app.state.routes
        headers["Allow"] = ", ".join(sorted(routes.methods_at(request.url.path)))
        above = _page_above(request, routes)
        if above is not None:
            return RedirectResponse(above, 303)
    detail = None if fault.detail == title_of(fault.status_code) else str(fault.detail)
    return _answer(request, fault.status_code, detail, headers=headers)


def _page_above(request: Request, routes: RouteTable) -> str | None:
    """The page to which a form belongs: its own address has none, and a phone that brings a tab back asks for it."""
    if request.method != "GET" or _is_for_program(request):
        return None
    path = request.url.path.rstrip("/")
    while path:
        path = path.rpartition("/")[0]
        if "GET" in routes.methods_at(path or "/"):
            return path or "/"
    return None


async def _on_invalid_request(request: Request, error: Exception) -> Response:
    faults = cast("RequestValidationError", error).errors()
    return _answer(request, 422, "What was sent cannot be used as it is.", [_field_error(fault) for fault in faults])


async def _on_defect(request: Request, error: Exception) -> Response:
    _log.error("defect", path=request.url.path, method=request.method, error=repr(error))
    return _answer(request, 500, "This is a defect of the service. It has been logged.")


def _answer(
    request: Request,
    status: int,
    detail: str | None,
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    if _is_for_program(request):
        return problem(status, detail, errors, headers)
    text = "; ".join([detail or title_of(status), *(f"{fault.field}: {fault.message}" for fault in errors)])
    page = pages.error_page(request, status, text)
    page.headers.update(headers or {})
    return page


def _is_for_program(request: Request) -> bool:
    return request.url.path.startswith(_FOR_PROGRAMS)


def _path_of(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _field_error(fault: Mapping[str, Any]) -> FieldError:
    """Pydantic's error without the input, which may be a secret, or text that no JSON can hold."""
    where = ".".join(str(part) for part in fault["loc"])
    return FieldError(field=_printable(where), message=_printable(str(fault["msg"])))


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()[:300]
