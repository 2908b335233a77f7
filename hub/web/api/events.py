"""What changes, told at once, for programs that would otherwise ask again and again."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header
from fastapi.responses import StreamingResponse

from hub.registry import service as registry
from hub.store import Connection
from hub.web.live import Audience, audience_of, parse_event_id
from hub.web.session import BearerToken, ServicesOf, api_actor

__all__ = ["router"]

router = APIRouter(tags=["events"])

_STREAM: dict[str, Any] = {
    "description": "`event:` names what changed, `data:` is JSON with its `id`",
    "content": {"text/event-stream": {"schema": {"type": "string"}}},
}


@router.get(
    "/events",
    summary="Server-sent events",
    dependencies=[Depends(api_actor)],
    # Not the response class of that name, for which FastAPI would want a generator.
    response_class=StreamingResponse,
    responses={200: _STREAM},
)
def stream_events(
    services: ServicesOf,
    token: BearerToken,
    last_event_id: Annotated[
        str | None, Header(description="The last event's `id:`: what was missed comes first")
    ] = None,
) -> StreamingResponse:
    """Says `incident`, `device`, `reading`, `plot`, `agent` or `quarantine` with an id; fetch the thing to learn more.

    Only what the token may see is told; a revoked token ends the stream. After `everything` look at all of it again.
    """

    def fetch_audience(conn: Connection) -> Audience | None:
        present = registry.actor_of_token(conn, token, services.now())
        return None if present is None else audience_of(conn, present)

    return services.live.respond(fetch_audience, parse_event_id(last_event_id))
