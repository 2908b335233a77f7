"""Write those pages of docs/reference that are made from the code: `python -m deploy.reference`. Tests keep them so."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from edge.wire.asyncapi import asyncapi_document

ASYNCAPI = Path(__file__).parent.parent / "docs/reference/asyncapi.yaml"
_HEAD = "# Made from edge/wire by `python -m deploy.reference`; change it there.\n"


def render_asyncapi() -> str:
    """Return the text of docs/reference/asyncapi.yaml."""
    return _HEAD + "".join(f"{line}\n" for line in _yaml_lines(asyncapi_document()))


def _yaml_lines(value: object) -> Iterator[str]:
    """Return plain values as block-style YAML; every scalar is written as JSON, of which YAML is a superset."""
    if isinstance(value, dict) and value:
        for key, item in cast("dict[str, Any]", value).items():
            name = key if key.replace("_", "").isalpha() else json.dumps(key)
            yield from _nested(f"{name}:", item)
    elif isinstance(value, list) and value:
        for item in cast("list[Any]", value):
            lines = list(_yaml_lines(item))
            yield f"- {lines[0]}"
            yield from (f"  {line}" for line in lines[1:])
    else:
        yield json.dumps(value, ensure_ascii=False)


def _nested(head: str, item: object) -> Iterator[str]:
    if isinstance(item, dict | list) and item:
        yield head
        yield from (f"  {line}" for line in _yaml_lines(cast("object", item)))
    else:
        yield f"{head} {json.dumps(item, ensure_ascii=False)}"


def main() -> None:
    """Write the pages."""
    ASYNCAPI.write_text(render_asyncapi(), encoding="utf-8")


if __name__ == "__main__":
    main()
