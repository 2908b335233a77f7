"""The lock files say the same as pyproject.toml and package.json, hold a hash for everything, and name no address."""

import json
import re
from dataclasses import dataclass

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.architecture.tree import ROOT, project

LOCKS = {
    "requirements-edge.lock": {"edge"},
    "requirements.lock": {"edge", "hub", "sim", "build"},
    "requirements-dev.lock": {"edge", "flight", "hub", "sim", "build", "dev"},
}
_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(\[[a-z,]+\])?==(?P<version>[^ ;\\]+)( ; (?P<marker>[^\\]+?))? \\$")
_HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


@dataclass(frozen=True)
class Pin:
    version: Version
    hashes: int


def _read(lock: str) -> dict[str, list[Pin]]:
    pins: dict[str, list[Pin]] = {}
    lines = [
        line for line in (ROOT / lock).read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")
    ]
    for number, line in enumerate(lines):
        if line.startswith(" "):
            assert _HASH.match(line), f"{lock}: {line}"
            continue
        pin = _PIN.match(line)
        assert pin, f"{lock}: {line}"
        hashes = 0
        while number + hashes + 1 < len(lines) and lines[number + hashes + 1].startswith(" "):
            hashes += 1
        pins.setdefault(canonicalize_name(pin["name"]), []).append(Pin(Version(pin["version"]), hashes))
    return pins


def _direct(extras: set[str]) -> list[Requirement]:
    """The dependencies of these extras as pyproject.toml names them, the project itself left out."""
    table = project()["project"]
    lines = [
        *table["dependencies"],
        *(line for extra in sorted(extras) for line in table["optional-dependencies"][extra]),
    ]
    requirements = [Requirement(line) for line in lines]
    return [requirement for requirement in requirements if requirement.name != table["name"]]


@pytest.mark.parametrize("lock", LOCKS)
def test_each_direct_dependency_is_locked_within_its_bounds(lock: str) -> None:
    pins = _read(lock)
    for requirement in _direct(LOCKS[lock]):
        found = pins.get(canonicalize_name(requirement.name), [])
        assert found, f"{lock} lacks {requirement.name}: run `make lock`"
        for pin in found:
            assert pin.version in requirement.specifier, f"{lock}: {requirement} is not met by {pin.version}"


@pytest.mark.parametrize("lock", LOCKS)
def test_everything_locked_has_a_hash(lock: str) -> None:
    assert all(pin.hashes for pins in _read(lock).values() for pin in pins)


@pytest.mark.parametrize(
    ("smaller", "greater"),
    [("requirements-edge.lock", "requirements.lock"), ("requirements.lock", "requirements-dev.lock")],
)
def test_a_lock_contains_the_smaller_one(smaller: str, greater: str) -> None:
    """So that set-up for the demo has nothing to do after set-up for the tests."""
    all_pins = _read(greater)
    for name, pins in _read(smaller).items():
        assert {pin.version for pin in pins} <= {pin.version for pin in all_pins.get(name, [])}, name


def test_the_extras_of_the_locks_are_all_that_there_are() -> None:
    assert LOCKS["requirements-dev.lock"] == set(project()["project"]["optional-dependencies"])


@pytest.mark.parametrize("lock", [*LOCKS, "package-lock.json", "package.json", ".npmrc"])
def test_a_lock_names_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"[a-z]+://|@ file:|--(extra-)?index-url|--find-links|\"resolved\"", text)


def test_the_pages_packages_are_pinned_exactly_and_locked() -> None:
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    locked = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for kind in ("dependencies", "devDependencies"):
        for name, version in wanted[kind].items():
            assert re.fullmatch(r"\d+\.\d+\.\d+", version), f"{name} is not pinned"
            assert locked[f"node_modules/{name}"]["version"] == version, f"{name}: run `make lock`"
    assert all("integrity" in package for name, package in locked.items() if name)
