"""One door a library: each library is imported in the places named here and nowhere else.

The table is exhaustive: a library that is new to the project fails until somebody has decided where its door is.
"""

import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.tree import PACKAGES, Import, Module, matches, modules, project

ANYWHERE = PACKAGES

DOORS: dict[str, tuple[str, ...]] = {
    # values and the wire
    "pydantic": ANYWHERE,
    "pydantic_core": ANYWHERE,
    "typing_extensions": ANYWHERE,
    "pydantic_settings": ("hub.config",),
    # the ways to people and to other machines
    "paho": ("edge.link", "hub.bus", "simulators.fleet"),
    "aiosmtpd": ("simulators.mailbox",),
    "linebot": ("hub.alerts.channels",),
    "pywebpush": ("hub.alerts.channels",),
    "py_vapid": ("hub.alerts.channels",),
    "apprise": ("hub.alerts.channels",),
    "requests": ("hub.alerts.channels",),
    "urllib3": ("hub.alerts.channels",),
    "gpiozero": ("edge.sensors", "simulators.sensors"),
    "pymodbus": ("edge.sensors", "simulators.sensors"),
    "serial": ("edge.sensors", "simulators.sensors"),
    "dronekit": ("edge.flight",),
    "pymavlink": ("edge.flight", "simulators.vehicle"),
    # the database
    "psycopg": ("hub.store", "hub.*.store", "hub.fields.*.store"),
    "psycopg_pool": ("hub.store",),
    # the web
    "fastapi": ("hub.web",),
    "starlette": ("hub.web",),
    "uvicorn": ("hub.web",),
    "itsdangerous": ("hub.registry", "hub.alerts", "hub.web"),
    "limits": ("hub.web",),
    "pwdlib": ("hub.registry",),
    "cryptography": ("hub.registry", "edge.flight"),
    # texts
    "jinja2": ("hub.texts",),
    "markupsafe": ("hub.texts", "hub.web"),
    "babel": ("hub.texts",),
    "weasyprint": ("hub.texts",),
    "segno": ("hub.texts",),
    # photos
    "PIL": ("hub.traps",),
    # places and the sky
    "numpy": ("hub.surveys",),
    "shapely": ("hub.geo", "hub.surveys"),
    "pyproj": ("hub.geo", "hub.surveys"),
    # the processes
    "typer": ("hub.__main__", "edge.__main__", "simulators.__main__"),
    "click": ("hub.__main__", "edge.__main__", "simulators.__main__"),
    "structlog": ("hub",),
    "prometheus_client": ("hub",),
}
"""Library (by its import name) and where it may be imported; a package stands for all that lies below it."""

STANDARD_DOORS: dict[str, tuple[str, ...]] = {
    "sqlite3": ("edge.outbox",),
    "gettext": ("hub.texts",),
    "smtplib": ("hub.alerts.channels",),
    "logging": ("edge", "hub", "simulators"),
    "subprocess": ("hub.local", "simulators"),
}
"""The same for those parts of the standard library that are doors to something outside."""

COMES_WITH = {
    "pydantic-core": "pydantic",
    "typing-extensions": "pydantic",
    "starlette": "fastapi",
    "markupsafe": "jinja2",
    "psycopg-pool": "psycopg",
    "click": "typer",
    "urllib3": "line-bot-sdk",
    "py-vapid": "pywebpush",
    "requests": "pywebpush",
}
"""Libraries that are part of another one, which alone is declared."""

EXTRAS = {"edge.flight": ("edge", "flight"), "edge": ("edge",), "hub": ("hub",), "simulators": ("edge", "sim")}
"""The extras that must bring all that a package imports; the first that fits."""


def _foreign() -> Iterator[tuple[Module, Import]]:
    for module in modules():
        for found in module.imports(running=True):
            if found.top not in PACKAGES:
                yield module, found


def _strays(doors: dict[str, tuple[str, ...]]) -> list[str]:
    return sorted(
        f"{module.path}:{found.line} imports {found.top}; its door is {', '.join(doors[found.top])}"
        for module, found in _foreign()
        if found.top in doors and not matches(module.name, doors[found.top])
    )


def test_each_library_is_imported_through_its_door_only() -> None:
    assert not _strays(DOORS)


def test_each_standard_door_is_kept() -> None:
    assert not _strays(STANDARD_DOORS)


def test_each_library_has_a_door() -> None:
    placed = set(DOORS) | set(sys.stdlib_module_names)
    strangers = sorted({f"{found.top} (in {module.name})" for module, found in _foreign() if found.top not in placed})
    assert not strangers, "new libraries: decide where their door is, and write it into DOORS"


def test_each_library_is_declared_for_the_package_that_imports_it() -> None:
    distributions = packages_distributions()
    undeclared: set[str] = set()
    for module, found in _foreign():
        if found.top in sys.stdlib_module_names:
            continue
        extras = next(extras for package, extras in EXTRAS.items() if matches(module.name, [package]))
        declared = _declared(*extras)
        names = {canonicalize_name(name) for name in distributions.get(found.top, [found.top])}
        if not declared & {COMES_WITH.get(name, name) for name in names}:
            undeclared.add(f"{module.name} imports {found.top}, which none of {', '.join(extras)} declares")
    assert not undeclared


def _declared(*extras: str) -> set[str]:
    table = project()["project"]
    lines = [*table["dependencies"], *(line for extra in extras for line in table["optional-dependencies"][extra])]
    return {canonicalize_name(Requirement(line).name) for line in lines}


@pytest.mark.parametrize(
    ("name", "patterns", "expected"),
    [
        ("hub.store.pool", ("hub.store", "hub.*.store"), True),
        ("hub.alerts.store", ("hub.store", "hub.*.store"), True),
        ("hub.alerts.store.rows", ("hub.store", "hub.*.store"), True),
        ("hub.alerts.service", ("hub.store", "hub.*.store"), False),
        ("hub.storehouse", ("hub.store",), False),
    ],
)
def test_a_pattern_is_met_by_whole_words(name: str, patterns: tuple[str, ...], expected: bool) -> None:
    assert matches(name, patterns) is expected
