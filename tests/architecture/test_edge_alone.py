"""An agent's machine carries the edge and its few libraries, nothing of the hub: `.[edge]` alone imports every module.

The environment is a real one, filled by pip from the edge's lock, and kept under .cache while the lock is the same.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, matches, modules

LOCK = ROOT / "requirements-edge.lock"
OTHER_EXTRAS = ("edge.flight",)


@pytest.fixture(scope="module")
def edge_python() -> Path:
    """The Python of an environment that holds what requirements-edge.lock names and nothing else."""
    mark = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()[:16]
    place = ROOT / ".cache/edge-alone"
    python = place / mark / "bin/python"
    if not (place / mark / "complete").exists():
        shutil.rmtree(place, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(place / mark)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
        subprocess.run([*pip, "--require-hashes", "-r", str(LOCK)], check=True)
        (place / mark / "complete").touch()
    return python


@pytest.mark.timeout(300)
def test_every_module_of_the_edge_but_flight_is_imported_with_its_own_libraries_only(
    edge_python: Path, tmp_path: Path
) -> None:
    names = [module.name for module in modules("edge") if not matches(module.name, OTHER_EXTRAS)]
    assert "edge" in names
    (tmp_path / "edge").symlink_to(ROOT / "edge")
    script = (
        "import importlib, sys; sys.path.insert(0, sys.argv[1]); [importlib.import_module(n) for n in sys.argv[2:]]"
    )
    done = subprocess.run(
        [str(edge_python), "-I", "-W", "error", "-c", script, str(tmp_path), *names],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_environment_of_the_edge_is_light(edge_python: Path) -> None:
    """It must fit a Pi Zero 2 W: nothing heavier than pydantic."""
    done = subprocess.run(
        [str(edge_python), "-m", "pip", "list", "--format=freeze"], capture_output=True, text=True, check=True
    )
    heavy = {"numpy", "fastapi", "psycopg", "typer", "rich", "lxml", "cryptography"}
    assert not heavy & {line.split("==")[0].lower() for line in done.stdout.splitlines()}
