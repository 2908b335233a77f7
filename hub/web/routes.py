"""Every route of the application as a table: which methods a path takes, and which pattern an endpoint has."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import compile_path

__all__ = ["RouteTable"]


@dataclass(frozen=True, slots=True)
class _Entry:
    path: str
    pattern: re.Pattern[str]
    methods: frozenset[str]
    endpoint: Callable[..., Any] | None


class RouteTable:
    """The routes of `app` as they are at the first question; routers that were included are looked through."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def methods_at(self, path: str) -> set[str]:
        """Every method that some route takes at a path (RFC 9110 wants all of them in `Allow`).

        A path that is written out, such as `/plots/export`, is not also a plot of that id.
        """
        fitting = [entry for entry in self._entries if entry.pattern.match(path)]
        fewest = min((entry.path.count("{") for entry in fitting), default=0)
        return {method for entry in fitting if entry.path.count("{") == fewest for method in entry.methods}

    def path_of(self, endpoint: object) -> str:
        """The pattern of an endpoint's route, such as `/api/v1/devices/{device_id}`; `none` for others."""
        return self._paths.get(endpoint, "none")

    @cached_property
    def _entries(self) -> list[_Entry]:
        return [
            _Entry(context.path, compile_path(context.path)[0], frozenset(context.methods), context.endpoint)
            for context in iter_route_contexts(self._app.routes)
            if context.path is not None and context.methods
        ]

    @cached_property
    def _paths(self) -> dict[object, str]:
        return {entry.endpoint: entry.path for entry in self._entries}
