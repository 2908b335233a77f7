"""Pure modules decide and do nothing else: no clock, randomness, I/O or logging, and they reach none through others.

They are listed in pyproject.toml under [tool.wanamori]. What they may import is a list too, so nothing slips in by a
name that nobody thought of.
"""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGES, Module, matches, modules, project

PURE: list[str] = project()["tool"]["wanamori"]["pure"]
VALUES: list[str] = project()["tool"]["wanamori"]["values"]

ALLOWED_STANDARD = {
    *("__future__", "abc", "base64", "bisect", "binascii", "calendar", "collections", "copy", "csv", "dataclasses"),
    *("datetime", "decimal", "enum", "fractions", "functools", "hashlib", "heapq", "hmac", "html", "io", "ipaddress"),
    *("itertools", "json", "math", "numbers", "operator", "re", "statistics", "string", "struct", "textwrap", "types"),
    *("typing", "unicodedata", "urllib.parse", "uuid", "zlib", "zoneinfo"),
    "pathlib",  # paths as values: see FORBIDDEN_METHODS
    "signal",  # the signals' names: see FORBIDDEN_METHODS
    "random.Random",  # a generator with a seed: see _acts
    "xml.etree.ElementTree",  # texts to trees and back: see FORBIDDEN_CALLS
}
ALLOWED_LIBRARIES = {
    *("pydantic", "pydantic_core", "shapely", "pyproj", "babel", "typing_extensions"),
    "numpy",  # arithmetic alone: see _acts
}
FORBIDDEN_NAMES = {"uuid.uuid1", "uuid.uuid4"}
FORBIDDEN_CALLS = {
    "ET.parse",
    "ElementTree.parse",
    "open",
    "print",
    "input",
    "exec",
    "eval",
    "__import__",
    "signal.signal",
    "signal.raise_signal",
}
FORBIDDEN_METHODS = {
    *("read_text", "read_bytes", "write_text", "write_bytes", "exists", "is_file", "is_dir", "stat", "unlink", "mkdir"),
    *("iterdir", "glob", "rglob", "touch", "home", "cwd", "resolve", "now", "utcnow", "today", "uuid4", "uuid1"),
}

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
        elif not _is_allowed(found.name) or found.name in FORBIDDEN_NAMES:
            faults.append(f"{module.path}:{found.line} imports {found.name}, which acts")
    calls = [node for node in ast.walk(module.tree) if isinstance(node, ast.Call)]
    return faults + [f"{module.path}:{call.lineno} calls {ast.unparse(call.func)}()" for call in calls if _acts(call)]


def _acts(call: ast.Call) -> bool:
    name = ast.unparse(call.func)
    if re.fullmatch(r"random\.\w+", name) and name != "random.Random":
        return True
    if re.fullmatch(r"(np|numpy)\.(random\..*|load.*|save.*|fromfile|memmap|genfromtxt)", name):
        return True
    if name in ("Random", "random.Random"):
        return not call.args
    return name in FORBIDDEN_CALLS or (isinstance(call.func, ast.Attribute) and call.func.attr in FORBIDDEN_METHODS)


def _is_allowed(name: str) -> bool:
    if name == "random":  # `import random`, of which only random.Random(seed) may be used
        return True
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


def test_what_calls_itself_pure_is_on_the_list() -> None:
    boasts = [
        str(module.path)
        for module in modules()
        if re.search(r"(^|\W)Pure\b(?!,? but)", ast.get_docstring(module.tree) or "") and not matches(module.name, PURE)
    ]
    assert not boasts


@pytest.mark.parametrize(
    ("source", "acts"),
    [
        ("import math\nfrom datetime import datetime\nfrom edge.wire.topics import up", False),
        ("import time", True),
        ("from os import environ", True),
        ("import logging", True),
        ("from random import random", True),
        ("import numpy as np\nnp.zeros(3)", False),
        ("import numpy as np\nnp.random.default_rng(1)", True),
        ("import numpy as np\nnp.load('a')", True),
        ("from xml.etree import ElementTree as ET\nET.fromstring('<a/>')", False),
        ("from xml.etree import ElementTree as ET\nET.parse('a')", True),
        ("import random\nrandom.Random(7).random()", False),
        ("import random\nrandom.Random()", True),
        ("import random\nrandom.random()", True),
        ("from pathlib import Path\nPath('a') / 'b'", False),
        ("from pathlib import Path\nPath('a').read_text()", True),
        ("import datetime\ndatetime.datetime.now()", True),
        ("from edge.agent import Agent", True),
        ("def decide():\n    import socket", True),
    ],
)
def test_the_check_itself_tells_acting_from_deciding(tmp_path: Path, source: str, acts: bool) -> None:
    (tmp_path / "sample.py").write_text(source)
    assert bool(_faults(Module("edge.core.sample", tmp_path / "sample.py"))) is acts
