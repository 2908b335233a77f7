"""For whoever watches the service: is it well, and its figures. No token, and nothing in them but numbers."""

from dataclasses import asdict

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from hub.alerts.figures import fetch_figures
from hub.registry import service as registry
from hub.web.metrics import CONTENT_TYPE, Metrics
from hub.web.session import ServicesOf

__all__ = ["router"]

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The service can do its work."""

    status: str = Field(examples=["ok"])
    town: str = Field(examples=["木更津市"])


@router.get("/healthz", summary="Is the service well?")
def show_health(services: ServicesOf) -> Health:
    """Answers 200 when the database can be reached, 503 otherwise."""
    with services.database.transaction() as conn:
        registry.fetch_counts(conn)
    return Health(status="ok", town=services.settings.town)


@router.get("/metrics", summary="Figures for Prometheus", response_class=Response)
def show_metrics(request: Request, services: ServicesOf) -> Response:
    """Requests of this process, and the town's figures: agents, devices, incidents, deliveries, quarantine."""
    with services.database.transaction() as conn:
        town = registry.fetch_counts(conn) | asdict(fetch_figures(conn, services.now()))
        town["quarantine_waiting"] = services.ingest_admin.count_waiting(conn)
    collected: Metrics = request.app.state.metrics
    return Response(collected.render(town), media_type=CONTENT_TYPE)
