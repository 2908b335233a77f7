"""Documentation is tested: what a user can set, call, send or read is in the reference, and no link leads nowhere."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args
from urllib.parse import unquote

import pytest
import typer
from pydantic import BaseModel

from edge.__main__ import _parser as edge_parser
from edge.config import AgentConfig
from edge.wire.quantities import QUANTITIES
from edge.wire.topics import KINDS_DOWN, KINDS_UP
from hub.__main__ import app as hub_app
from hub.config import Settings
from hub.web.app import create_app
from simulators.__main__ import app as simulators_app
from tests.architecture.tree import ROOT

REFERENCE = ROOT / "docs/reference"
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def _text(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def _missing(name: str, words: Iterator[str] | list[str]) -> list[str]:
    """Those words that the document does not show between backquotes (alone, or at the start)."""
    text = _text(name)
    return [word for word in words if not re.search(rf"`{re.escape(word)}(?![\w/-])", text)]


def test_each_setting_of_the_hub_is_described() -> None:
    assert not _missing("settings.md", [f"WANAMORI_{name.upper()}" for name in Settings.model_fields])


def test_the_reference_describes_no_setting_that_is_gone() -> None:
    described = set(re.findall(r"^\| `(WANAMORI_\w+)`", _text("settings.md"), re.MULTILINE))
    assert described <= {f"WANAMORI_{name.upper()}" for name in Settings.model_fields}


def _fields(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield field.alias or name
        for inner in _models(field.annotation):
            yield from _fields(inner)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


def test_each_setting_of_an_agent_is_described() -> None:
    assert not _missing("edge-config.md", sorted(set(_fields(AgentConfig))))


def test_each_kind_of_message_and_each_quantity_is_described() -> None:
    assert not _missing("wire.md", [*KINDS_UP, *KINDS_DOWN, *QUANTITIES])


def _typer_commands(name: str, app: typer.Typer) -> Iterator[tuple[str, list[str]]]:
    for word, command in typer.main.get_group(app).commands.items():
        options = [option for parameter in command.params for option in parameter.opts if option.startswith("--")]
        yield f"{name} {word}", [option for option in options if option != "--help"]


def _edge_commands() -> Iterator[tuple[str, list[str]]]:
    for action in edge_parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, command in action.choices.items():
                options = [option for inner in command._actions for option in inner.option_strings]
                yield f"wanamori-edge {word}", [option for option in options if option not in ("-h", "--help")]


COMMANDS = dict(
    [
        *_typer_commands("wanamori-hub", hub_app),
        *_typer_commands("wanamori-sim", simulators_app),
        *_edge_commands(),
    ]
)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_and_its_options_are_described(command: str) -> None:
    sections = re.split(r"^#+ ", _text("commands.md"), flags=re.MULTILINE)
    own = [section for section in sections if section.startswith(f"`{command}")]
    assert own, f"no section of docs/reference/commands.md is called `{command} …`"
    assert not [option for option in COMMANDS[command] if option not in own[0]]


def test_each_path_of_the_api_is_described() -> None:
    services: Any = SimpleNamespace(settings=SimpleNamespace(secure_cookies=False))
    document = create_app(services).openapi()
    text = _text("http-api.md")
    missing = [
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method in operations
        if f"{method.upper()} {path}" not in text
    ]
    assert not missing


def test_each_unit_starts_a_command_that_there_is() -> None:
    units = sorted((ROOT / "deploy/systemd").glob("*.service"))
    starts = [re.search(r"^ExecStart=\S+/bin/(\S+ \S+)", unit.read_text(), re.MULTILINE) for unit in units]
    assert units
    assert [unit.name for unit, start in zip(units, starts, strict=True) if not start or start[1] not in COMMANDS] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_document_has_a_title_and_its_links_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    assert text.startswith("# ")
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    targets = [unquote(target.split("#")[0]) for target in re.findall(r"\]\(([^)\s]+)\)", prose)]
    assert not [target for target in targets if target and "://" not in target and not _leads(document, target)]


def _leads(document: Path, target: str) -> bool:
    return target.startswith("mailto:") or (document.parent / target).exists()


def test_each_decision_is_listed() -> None:
    folder = ROOT / "docs/decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    assert not [path.name for path in folder.glob("[0-9]*.md") if path.name not in index]


def test_each_page_has_a_title() -> None:
    """A template that is a page of its own or extends one; fragments for htmx have neither."""
    for template in sorted((ROOT / "hub/web/templates").rglob("*.html")):
        text = template.read_text(encoding="utf-8")
        if "<html" in text:
            assert re.search(r"<title>.*\S.*</title>", text), template
        if "{% extends" in text and "{% block main" in text:
            assert "{% block title" in text, template
