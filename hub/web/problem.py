"""RFC 9457 `application/problem+json`: the form of every error that a program gets."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

__all__ = ["FieldError", "Problem", "problem", "title_of"]


class FieldError(BaseModel):
    """What is wrong with one field of a request."""

    field: str = Field(description="Where: `body.location.lat`, `query.limit`", examples=["body.name"])
    message: str = Field(examples=["Field required"])


class Problem(BaseModel):
    """RFC 9457. `title` belongs to the status, `detail` says what happened this time."""

    type: str = Field("about:blank", description="`about:blank`: the status says all about the kind of problem")
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str | None = Field(None, examples=["There is no such device."])
    errors: list[FieldError] | None = Field(None, description="With 422: each field at fault")


def problem(
    status: int, detail: str | None = None, errors: Sequence[FieldError] = (), headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """A problem document."""
    document = Problem(
        type="about:blank", title=title_of(status), status=status, detail=detail, errors=list(errors) or None
    )
    return JSONResponse(
        document.model_dump(exclude_none=True), status, headers=headers, media_type="application/problem+json"
    )


def title_of(status: int) -> str:
    """What HTTP calls a status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
