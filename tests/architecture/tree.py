"""What the architecture tests read: the project's modules, what each imports, and the files that git tracks."""

from __future__ import annotations

import ast
import fnmatch
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("edge", "hub", "simulators")


@dataclass(frozen=True)
class Import:
    """One import statement's target: `name` is dotted, `line` where it stands."""

    name: str
    line: int

    @property
    def top(self) -> str:
        return self.name.split(".")[0]


@dataclass(frozen=True)
class Module:
    """One Python file of the project by its dotted name."""

    name: str
    path: Path

    @property
    def tree(self) -> ast.Module:
        return _parse(self.path)

    def imports(self, *, running: bool = False) -> list[Import]:
        """Every import, wherever it stands; with `running` without those that only the type checker sees."""
        skipped = set(_type_checking_lines(self.tree)) if running else set[int]()
        return [found for found in _imports(self.tree, self.name) if found.line not in skipped]


@cache
def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def _imports(tree: ast.Module, _module: str) -> Iterator[Import]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from a.b import c` may name the module a.b.c or something within a.b
            yield from (Import(f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def _type_checking_lines(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            for child in ast.walk(node):
                if isinstance(child, (ast.Import, ast.ImportFrom)):
                    yield child.lineno


@cache
def modules(*packages: str) -> tuple[Module, ...]:
    """All modules of these packages (of all three when none is named), sorted by name."""
    found: list[Module] = []
    for package in packages or PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found.append(Module(name, path))
    return tuple(sorted(found, key=lambda module: module.name))


def matches(name: str, patterns: tuple[str, ...] | list[str]) -> bool:
    """Whether a module is one of the patterns (`*` stands for one word) or lies below one."""
    words = name.split(".")
    for pattern in patterns:
        wanted = pattern.split(".")
        if len(words) >= len(wanted) and all(map(fnmatch.fnmatchcase, words, wanted)):
            return True
    return False


@cache
def project() -> dict[str, Any]:
    """pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@cache
def tracked_files() -> tuple[Path, ...]:
    """The files that git tracks and that are there."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return tuple(path for name in listing.split("\0") if name and (path := ROOT / name).is_file())
