"""The pages' styles and scripts as they were bundled: names with a hash, which a browser may keep for ever."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import Scope

__all__ = ["STATIC", "Bundles", "Static"]

STATIC = Path(__file__).with_name("static")
_FOR_EVER = "public, max-age=31536000, immutable"
_A_DAY = "public, max-age=86400"


class Bundles:
    """What `hub/web/assets/build.mjs` made. Without it (no set-up yet) pages come bare, and still work."""

    def __init__(self, folder: Path = STATIC / "build") -> None:
        self._folder = folder
        self._made_at = 0
        self._names: Mapping[str, str] = {}
        self._styles: dict[str, str] = {}

    def url(self, name: str) -> str:
        """Where the script or style `name` ("page.mjs") is served; empty when it was not made."""
        made = self._manifest().get(name)
        return f"/static/build/{made}" if made else ""

    def style(self, name: str) -> str:
        """The text of a style sheet, for a page that brings its own styles: one journey less on a slow line."""
        made = self._manifest().get(name)
        if made is None:
            return ""
        if made not in self._styles:
            self._styles[made] = (self._folder / made).read_text(encoding="utf-8")
        return self._styles[made]

    def _manifest(self) -> Mapping[str, str]:
        path = self._folder / "manifest.json"
        try:
            made_at = path.stat().st_mtime_ns
            if made_at != self._made_at:
                self._names = cast("Mapping[str, str]", json.loads(path.read_text(encoding="utf-8")))
                self._made_at = made_at
        except OSError:
            return {}
        return self._names


class Static(StaticFiles):
    """Files that are the same for everybody, and for how long a browser may keep them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, with its Cache-Control."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = _FOR_EVER if path.startswith("build/") else _A_DAY
        return response
