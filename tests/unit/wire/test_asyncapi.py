"""The AsyncAPI document: as fresh as the code, whole, and true of what the codec writes."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
import yaml
from hypothesis import given

from deploy.reference import ASYNCAPI, render_asyncapi
from edge.wire.asyncapi import asyncapi_document
from edge.wire.codec import Message, encode
from edge.wire.messages import HubAnnouncement, Receipt
from edge.wire.orders import Command
from edge.wire.topics import KINDS_DOWN, KINDS_UP
from tests.unit.wire.test_codec import messages

DOCUMENT = asyncapi_document()


def test_the_document_in_the_reference_is_fresh() -> None:
    assert ASYNCAPI.read_text(encoding="utf-8") == render_asyncapi(), "run `python -m deploy.reference`"


def test_the_text_says_what_the_document_says() -> None:
    assert yaml.safe_load(render_asyncapi()) == DOCUMENT


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def test_each_reference_leads_somewhere() -> None:
    for reference in references(DOCUMENT):
        place: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def test_each_kind_has_a_channel_a_message_and_an_operation() -> None:
    kinds = {*KINDS_UP, *KINDS_DOWN}

    assert set(DOCUMENT["channels"]) == set(DOCUMENT["components"]["messages"]) == kinds
    assert {name.partition("_")[2] for name in DOCUMENT["operations"]} == kinds


def validator(kind: str) -> Any:
    return jsonschema_rs.validator_for({"$ref": f"#/components/messages/{kind}/payload", **DOCUMENT})


VALIDATORS = {kind: validator(kind) for kind in KINDS_UP}


@given(messages())
def test_what_the_codec_writes_is_what_the_document_describes(message: Message) -> None:
    written = json.loads(encode(message))
    if message.kind == "readings":  # the ranges are the hub's to judge; the codec writes what the sensor says
        written["data"]["values"] = dict.fromkeys(written["data"]["values"], [None] * len(written["data"]["times"]))

    VALIDATORS[message.kind].validate(written)


@pytest.mark.parametrize(
    ("kind", "model"),
    [
        ("receipt", Receipt(outbox="o", sequences=[(1, 4), (7, 7)])),
        ("command", Command(order='{"id": "o-1"}', signature="AAAA")),
        ("hub", HubAnnouncement.model_validate({"process": "p", "at": "2026-11-23T05:00:00Z"})),
    ],
)
def test_what_the_hub_says_is_what_the_document_describes(kind: str, model: Any) -> None:
    validator(kind).validate(json.loads(model.model_dump_json()))


@pytest.mark.parametrize(
    "change",
    [{"type": "jp.wanamori.reset.v1"}, {"specversion": "0.3"}, {"id": ""}, {"data": {"count": 0}}, {"source": "/me"}],
)
def test_the_document_refuses_what_the_hub_refuses(change: dict[str, Any]) -> None:
    good = {
        "specversion": "1.0",
        "id": "1",
        "source": "/agents/ag-1/devices/boar-1",
        "type": "jp.wanamori.sprung.v1",
        "data": {},
    }
    VALIDATORS["sprung"].validate(good)

    assert not VALIDATORS["sprung"].is_valid({**good, **change})
