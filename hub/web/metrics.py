"""What Prometheus may know: numbers only, never a name or a place, since the page needs no token."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

__all__ = ["CONTENT_TYPE", "Metrics"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_METHODS = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS"})


class Metrics:
    """The counters of one web process, and the town's figures as the database has them. Thread-safe."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "wanamori_http_requests", "Requests answered", ["method", "route", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "wanamori_http_request_seconds", "Seconds until the headers of an answer", ["route"], registry=self.registry
        )
        self._town = Gauge("wanamori_town", "What there is in the town", ["what"], registry=self.registry)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """One answered request."""
        self._requests.labels(method if method in _METHODS else "other", route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def render(self, town: Mapping[str, int]) -> bytes:
        """The text format, with `town` as gauges `wanamori_town{what="…"}`."""
        for what, number in town.items():
            self._town.labels(what).set(number)
        return generate_latest(self.registry)
