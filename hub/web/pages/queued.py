"""Answers to a form that waited on the phone: short, and such that nothing else can be taken for them.

The phone names the form's key in `X-Queued`. It drops a report only when the answer names the same key: a page of
somebody's hotel network in between is no receipt. A refusal brings its words back to the writer.
"""

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from hub.web.pages.forms import Filled

__all__ = ["QUEUED_HEADER", "done", "is_queued", "refused", "told"]

QUEUED_HEADER = "X-Queued"


def is_queued(request: Request) -> bool:
    """Whether the phone's queue sends this form, and not a person who looks at the answer."""
    return request.method == "POST" and QUEUED_HEADER in request.headers


def done(request: Request, to: str | None) -> Response:
    """It is saved; `to` is the page that shows it."""
    return JSONResponse({"queued": request.headers[QUEUED_HEADER], "to": to})


def refused(request: Request, status: int, words: list[str], fields: dict[str, str] | None = None) -> Response:
    """It is not saved: what is wrong, in the writer's language, as a whole and by field."""
    answer = {"queued": request.headers[QUEUED_HEADER], "words": words, "fields": fields or {}}
    return JSONResponse(answer, status)


def told(request: Request, status: int, form: object) -> Response:
    """What a page says that answers a form: with a status of success it is done, else its form's faults."""
    if status < 400:
        return done(request, None)
    fields = form.errors if isinstance(form, Filled) else {}
    return refused(request, status, list(dict.fromkeys(fields.values())), fields)
