"""What the pages need before they can be served: npm's packages and the bundled assets."""

from __future__ import annotations

from pathlib import Path

from deploy.setup.environment import Environment
from deploy.setup.report import Report
from deploy.setup.stamps import Stamps, fingerprint


class Pages:
    """Prepares the pages of one checkout."""

    def __init__(self, root: Path, environment: Environment, stamps: Stamps, report: Report) -> None:
        self._root = root
        self._environment = environment
        self._stamps = stamps
        self._report = report
        self._manifests = [root / name for name in ("package.json", "package-lock.json", ".npmrc")]

    def install_node_packages(self) -> None:
        """Install exactly what package-lock.json names into node_modules/, running no package's scripts."""
        mark = fingerprint(self._manifests)
        if self._stamps.is_fresh("node-packages", mark, outputs=[self._root / "node_modules/esbuild/package.json"]):
            return
        with self._report.step("packages of the pages (npm)"):
            self._stamps.forget("node-packages")
            self._environment.run_tool("npm", "ci", "--no-progress", "--loglevel=error")
            self._stamps.write("node-packages", mark)

    def bundle_assets(self) -> None:
        """Bundle scripts and styles into hub/web/static/build/ with hashed names and a manifest."""
        script = self._root / "hub/web/assets/build.mjs"
        if not script.is_file():
            return
        mark = fingerprint([*self._manifests, script.parent])
        if self._stamps.is_fresh("assets", mark, outputs=[self._root / "hub/web/static/build/manifest.json"]):
            return
        with self._report.step("the pages' scripts and styles"):
            self._stamps.forget("assets")
            self._environment.run_tool("node", str(script.relative_to(self._root)))
            self._stamps.write("assets", mark)
