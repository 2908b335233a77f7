"""The Python environment `.venv/`: made with the first good Python of the machine, filled from a lock with hashes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tomllib
from pathlib import Path

from deploy.setup.report import Report, SetupError
from deploy.setup.stamps import Stamps, fingerprint

_PROBE = "import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))"
_VERSION = "import sys; print(*sys.version_info[:3], sep='.')"


def find_python() -> str | None:
    """Return the path of a Python, 3.11 or newer, that can make environments; the one on PATH comes first."""
    for name in ("python3", "/usr/bin/python3", "python3.13", "python3.12", "python3.11"):
        path = shutil.which(name)
        if path and _exit_code([path, "-c", _PROBE]) == 0:
            return path
    return None


class Environment:
    """The environment of one checkout. It is never deleted while its Python works, since servers may run from it."""

    def __init__(self, root: Path, stamps: Stamps, report: Report) -> None:
        self._root = root
        self._stamps = stamps
        self._report = report
        self._folder = root / ".venv"
        self.python = self._folder / "bin/python"

    def is_usable(self) -> bool:
        """Say whether the environment is there, new enough, and has pip."""
        return _exit_code([str(self.python), "-c", "import sys, pip; sys.exit(sys.version_info < (3, 11))"]) == 0

    def create(self) -> None:
        """Make the environment, in place of one whose Python has gone (after an upgrade of the system)."""
        if self.is_usable():
            return
        python = find_python()
        if python is None:
            raise SetupError(
                "no Python 3.11 or newer with the module venv was found", "Install python3 and python3-venv"
            )
        with self._report.step("Python environment .venv"):
            self._report.run([python, "-m", "venv", "--clear", str(self._folder)])

    def install_lock(self, lock: Path, *supersets: Path) -> None:
        """Install what the lock names, unless it, or one of the locks that contain it, is what stands installed."""
        version = self._version()
        mark = fingerprint([lock], version)
        if self._stamps.is_fresh("python-packages", mark, *(fingerprint([other], version) for other in supersets)):
            return
        with self._report.step(f"Python packages ({lock.name})"):
            self._stamps.forget("python-packages")
            # The lock is whole. Resolving it again could only fail: pip takes a `coverage[toml]` that some package
            # wants for a requirement of its own, unpinned, as soon as a newer release is out.
            self._pip("--require-hashes", "--no-deps", "-r", str(lock))
            self._stamps.write("python-packages", mark)

    def install_project(self) -> None:
        """Install the project itself, editable, with its three commands."""
        commands = [self._folder / "bin" / name for name in ("wanamori-hub", "wanamori-edge", "wanamori-sim")]
        mark = fingerprint([], _packaging_of(self._root / "pyproject.toml"), self._version())
        if self._stamps.is_fresh("project", mark, outputs=commands):
            return
        with self._report.step("the project itself, editable"):
            self._stamps.forget("project")
            self._pip("--no-deps", "--no-build-isolation", "--no-index", "-e", str(self._root))
            self._stamps.write("project", mark)

    def run_tool(self, name: str, *arguments: str) -> None:
        """Run one of the environment's programs in the project's folder, with the environment first on PATH."""
        programs = self._folder / "bin"
        path = f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        self._report.run([str(programs / name), *arguments], cwd=self._root, env={"PATH": path})

    def _pip(self, *arguments: str) -> None:
        quiet = ["--quiet", "--no-input", "--disable-pip-version-check"]
        self._report.run([str(self.python), "-m", "pip", "install", *quiet, *arguments], cwd=self._root)

    def _version(self) -> str:
        return subprocess.run(
            [str(self.python), "-c", _VERSION], capture_output=True, text=True, check=True
        ).stdout.strip()


def _packaging_of(project_file: Path) -> str:
    """What pyproject.toml says about the installed project, without the settings of the checking tools."""
    tables = tomllib.loads(project_file.read_text(encoding="utf-8"))
    return json.dumps([tables["build-system"], tables["project"], tables["tool"]["setuptools"]], sort_keys=True)


def _exit_code(argv: list[str]) -> int:
    try:
        return subprocess.run(argv, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
    except OSError:
        return 127
