"""Pure modules decide and do nothing else: no clock, randomness, I/O or logging, and they reach none through others.

They are listed in pyproject.toml under [tool.wanamori]. What they may import is a list too, so nothing slips in by a
name that nobody thought of.
"""

import ast

import pytest

from tests.architecture.tree import PACKAGES, Module, matches, modules, project

PURE: list[str] = project()["tool"]["wanamori"]["pure"]
VALUES: list[str] = project()["tool"]["wanamori"]["values"]

ALLOWED_STANDARD = {
    *(
        "__future__",
        "abc",
        "base64",
        "bisect",
        "binascii",
        "calendar",
        "collections",
        "colorsys",
        "copy",
        "csv",
        "dataclasses",
    ),
    *(
        "datetime",
        "decimal",
        "difflib",
        "enum",
        "fractions",
        "functools",
        "hashlib",
        "heapq",
        "hmac",
        "html",
        "io",
        "ipaddress",
    ),
    *(
        "itertools",
        "json",
        "math",
        "numbers",
        "operator",
        "re",
        "statistics",
        "string",
        "struct",
        "textwrap",
        "types",
        "typing",
    ),
    *("unicodedata", "urllib.parse", "uuid", "zoneinfo", "pathlib.PurePosixPath"),
}
ALLOWED_LIBRARIES = {"pydantic", "pydantic_core", "shapely", "pyproj", "astral", "typing_extensions"}
FORBIDDEN_NAMES = {"uuid.uuid1", "uuid.uuid4", "datetime.datetime.now", "datetime.date.today"}
FORBIDDEN_CALLS = {"open", "print", "input", "exec", "eval", "__import__"}

PURE_MODULES = [module for module in modules() if matches(module.name, PURE)]


@pytest.mark.parametrize("module", PURE_MODULES, ids=lambda module: module.name)
def test_a_pure_module_reaches_nothing_that_acts(module: Module) -> None:
    assert not _faults(module)


def _faults(module: Module) -> list[str]:
    faults: list[str] = []
    for found in module.imports(running=True):
        if found.top in PACKAGES:
            if not matches(found.name, PURE) and not matches(found.name, VALUES):
                faults.append(f"{module.path}:{found.line} imports {found.name}, which is not pure")
        elif found.top in ALLOWED_LIBRARIES:
            continue
        elif found.name in FORBIDDEN_NAMES or not _is_allowed(found.name):
            faults.append(f"{module.path}:{found.line} imports {found.name}, which acts")
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS:
            faults.append(f"{module.path}:{node.lineno} calls {node.func.id}()")
    return faults


def _is_allowed(name: str) -> bool:
    words = name.split(".")
    return any(".".join(words[:count]) in ALLOWED_STANDARD for count in range(1, len(words) + 1))


@pytest.mark.parametrize("pattern", [*PURE, *VALUES])
def test_each_line_of_the_list_names_something(pattern: str) -> None:
    assert any(matches(module.name, [pattern]) for module in modules()), f"nothing is called {pattern} any more"


def test_what_is_named_like_a_decision_is_pure() -> None:
    """`decide_` and `plan_` are the verbs of pure code, so whoever uses them is on the list."""
    impostors = [
        f"{module.path}:{node.lineno} {node.name}"
        for module in modules()
        if not matches(module.name, PURE)
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith(("decide_", "plan_"))
    ]
    assert not impostors, "put the module on the list of pure modules, or name the function by what it does"
