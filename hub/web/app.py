"""The web application: routers, error answers and what holds for every request, over the services it is given."""

import re

from fastapi import Depends, FastAPI
from starlette.middleware.gzip import GZipMiddleware

from hub import clock
from hub.web import api, line, pages, survey_report
from hub.web.bundles import STATIC, Static
from hub.web.metrics import Metrics
from hub.web.middleware import BodyLimit, Counted, SecurityHeaders
from hub.web.openapi import describe, operation_id
from hub.web.problems import install_problem_handlers
from hub.web.routes import RouteTable
from hub.web.services import Services
from hub.web.session import guard_forms
from hub.web.throttle import Throttle

__all__ = ["MAX_BODY_BYTES", "MAX_PHOTO_BODY_BYTES", "create_app"]

MAX_BODY_BYTES = 1_048_576
# Reports bring photos with them, stations the files of loggers.
MAX_PHOTO_BODY_BYTES = 40_000_000
_WITH_PHOTOS = re.compile(
    r"/(incidents|traps)/[^/]+/report|/captures/[^/]+/correct|/api/v1/captures/[^/]+/photos|/stations/[^/]+/import|/api/v1/surveys/[^/]+/images|/api/v1/airspace/imports|/surveys/[^/]+/(pins|photos)"
)


def create_app(services: Services) -> FastAPI:
    """The ASGI application of one web process. It starts nothing: whoever made `services` also closes them."""
    app = FastAPI(
        title="Wanamori",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
    )
    app.state.services = services
    app.state.throttle = Throttle()
    app.state.metrics = Metrics()
    app.state.routes = RouteTable(app)
    app.include_router(api.router)
    app.include_router(survey_report.router)
    app.include_router(line.router)
    app.include_router(pages.router, dependencies=[Depends(guard_forms)])
    app.mount("/static", Static(directory=STATIC), name="static")
    install_problem_handlers(app)
    # Event streams pass as they are; everything else is a third on a slow line.
    app.add_middleware(GZipMiddleware, minimum_size=500, compresslevel=6)
    app.add_middleware(BodyLimit, max_bytes=MAX_BODY_BYTES, roomy=_WITH_PHOTOS, roomy_max_bytes=MAX_PHOTO_BODY_BYTES)
    app.add_middleware(SecurityHeaders, over_tls=services.settings.secure_cookies)
    app.add_middleware(Counted, metrics=app.state.metrics, routes=app.state.routes, monotonic=clock.monotonic)
    describe(app)
    return app
