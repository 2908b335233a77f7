"""The HTTP API, one file a subject. Everything is described by the OpenAPI document at /api/v1/openapi.json."""

from fastapi import APIRouter

from hub.web.api import health

__all__ = ["router"]

router = APIRouter()
router.include_router(health.router)
