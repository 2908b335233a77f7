"""Rules of the tree that no other tool holds."""

import ast
import re

import pytest

from tests.architecture.tree import ROOT, Module, modules, tracked_files

TOP_FOLDERS = {"edge", "hub", "simulators", "deploy", "tests", "docs", ".ci"}
# written in parts, so that this file is not a finding
REGISTRIES = [".".join(words) for words in (
    ("files", "pythonhosted", "org"), ("pypi", "org/simple"), ("registry", "npmjs", "org"), ("deb", "debian", "org"),
    ("ftp", "debian", "org"), ("www", "piwheels", "org"), ("archive", "raspberrypi", "com"),
)]  # fmt: skip


def _texts() -> list[tuple[str, str]]:
    texts: list[tuple[str, str]] = []
    for path in tracked_files():
        content = path.read_bytes()
        if b"\0" not in content:
            texts.append((str(path.relative_to(ROOT)), content.decode("utf-8")))
    return texts


def test_the_top_level_holds_the_folders_of_the_design_only() -> None:
    folders = {path.relative_to(ROOT).parts[0] for path in tracked_files() if len(path.relative_to(ROOT).parts) > 1}
    assert folders <= TOP_FOLDERS


def test_no_file_names_a_registry() -> None:
    assert not [(name, host) for name, text in _texts() for host in REGISTRIES if host in text]


def test_no_file_names_a_path_of_this_machine() -> None:
    here = re.compile(re.escape(f"{ROOT}") + r"\b")
    assert not [name for name, text in _texts() if here.search(text)]


@pytest.mark.parametrize(
    "word", ["pytest.skip", "pytest.mark.skip", "pytest.mark.xfail", "pytest.importorskip", "unittest.skip"]
)
def test_no_test_is_left_out(word: str) -> None:
    findings: list[str] = []
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and ast.unparse(node).startswith(word):
                findings.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not findings


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)
def test_each_ignored_complaint_has_a_reason(module: Module) -> None:
    """`# noqa: X  # why`, or `# noqa: X - why`; the same for a type checker's complaint."""
    mark = re.compile(r"#\s*(noqa|type: ignore|pyright: ignore|pragma: no cover)(?P<rest>.*)$")
    bare: list[str] = []
    for number, line in enumerate(module.path.read_text(encoding="utf-8").splitlines(), 1):
        found = mark.search(line)
        if found and not re.search(r"(#| - | – |\) )\s*\w+.*\w+", found["rest"]):
            bare.append(f"{module.path}:{number}: {line.strip()}")
    assert not bare


def test_every_folder_of_code_is_a_package() -> None:
    """A folder without __init__.py is invisible to import-linter, so its layers would not be held."""
    folders = {module.path.parent for module in modules()}
    assert not [str(folder.relative_to(ROOT)) for folder in folders if not (folder / "__init__.py").is_file()]
