"""What holds for every answer: security headers, a bound on what may be sent, and the count of requests.

Plain ASGI, so that streams stream.
"""

import re
import secrets
from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.web.metrics import Metrics
from hub.web.problem import problem
from hub.web.routes import RouteTable

__all__ = ["BodyLimit", "Counted", "SecurityHeaders", "csp_nonce"]

# Aerial photographs of the Geospatial Information Authority are the only foreign host a page may load from.
_MAP_TILES = "https://cyberjapandata.gsi.go.jp"
_API_POLICY = "default-src 'none'; frame-ancestors 'none'"


def csp_nonce(request: Request) -> str:
    """The nonce that inline scripts and styles of this answer must carry."""
    nonce: str = request.state.csp_nonce
    return nonce


def page_policy(nonce: str) -> str:
    """The content security policy of a page."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce}'",
            f"style-src 'self' 'nonce-{nonce}'",
            f"img-src 'self' data: blob: {_MAP_TILES}",
            "connect-src 'self'",
            "font-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


class SecurityHeaders:
    """Headers that keep a browser from doing what no page of ours wants. A route may set its own Cache-Control."""

    def __init__(self, app: ASGIApp, *, over_tls: bool) -> None:
        self.app, self.over_tls = app, over_tls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Give the request its nonce and the answer its headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["csp_nonce"] = nonce
        policy = _API_POLICY if scope["path"].startswith("/api/") else page_policy(nonce)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = policy
                headers["X-Content-Type-Options"] = "nosniff"
                headers["X-Frame-Options"] = "DENY"
                headers["Referrer-Policy"] = "same-origin"
                headers["Cross-Origin-Opener-Policy"] = "same-origin"
                headers["Permissions-Policy"] = "camera=(self), geolocation=(self), microphone=()"
                headers.setdefault("Cache-Control", "no-store")
                if self.over_tls:
                    headers["Strict-Transport-Security"] = "max-age=31536000"
            await send(message)

        await self.app(scope, receive, send_with_headers)


class BodyLimit:
    """Refuse what is too large, by its Content-Length or as it comes."""

    def __init__(self, app: ASGIApp, *, max_bytes: int, roomy: re.Pattern[str], roomy_max_bytes: int) -> None:
        """`roomy` are the paths at which `roomy_max_bytes` are taken."""
        self.app, self.max_bytes = app, max_bytes
        self.roomy, self.roomy_max_bytes = roomy, roomy_max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on the request, counting what is read of its body."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = self.roomy_max_bytes if self.roomy.fullmatch(scope["path"]) else self.max_bytes
        length = dict(scope["headers"]).get(b"content-length", b"0")
        too_long = not length.isdigit() or len(length) > 18 or int(length) > most
        if too_long and scope["path"].startswith("/api/"):
            await problem(413, _too_large(most))(scope, receive, send)
            return
        # A page's form is refused when it is read, where the refusal becomes a page in the reader's language.
        taken = most + 1 if too_long else 0

        async def receive_bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most and message["type"] == "http.request":
                raise HTTPException(413, _too_large(most))
            return message

        await self.app(scope, receive_bounded, send)


def _too_large(max_bytes: int) -> str:
    return f"At most {max_bytes} bytes are taken."


class Counted:
    """Count every request by route, method and status, and how long it took until its headers went out."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, routes: RouteTable, monotonic: Callable[[], float]) -> None:
        self.app, self.metrics, self.routes, self.monotonic = app, metrics, routes, monotonic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on the request and take its time."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = self.monotonic()

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                # The route's pattern, not the path: ids would make a series each.
                route = self.routes.path_of(scope.get("endpoint"))
                self.metrics.count(scope["method"], route, message["status"], self.monotonic() - began)
            await send(message)

        await self.app(scope, receive, send_counted)
