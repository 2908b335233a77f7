"""The pages for people."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

__all__ = ["error_page", "router"]

router = APIRouter(include_in_schema=False)


def error_page(request: Request, status: int, message: str) -> Response:
    """An error of a page as a page: `status`, and `message` in plain words. Headers are added by the caller."""
    return PlainTextResponse(f"{status} {message} ({request.url.path})", status)
