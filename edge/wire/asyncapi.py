"""The wire as an AsyncAPI 3.0 document, made from the topics, the messages' models and the quantities. Pure.

It describes the hub: what it receives from agents and what it sends them. `python -m deploy.reference` writes it to
docs/reference/asyncapi.yaml, and a test keeps that file fresh.
"""

import re
from typing import Any

from pydantic import BaseModel

from edge.wire.codec import MAX_BYTES, MAX_ID, MAX_PHOTO_BYTES
from edge.wire.messages import DATA_MODELS, HubAnnouncement, Receipt
from edge.wire.orders import Command
from edge.wire.quantities import QUANTITIES
from edge.wire.topics import HUB_ANNOUNCEMENT, ID_PATTERN, KINDS_UP, down, receipt_of, type_of, up

__all__ = ["asyncapi_document"]

Schema = dict[str, Any]

_AGENT = {"description": "The agent's id, which is its MQTT user name too."}
_DEVICE = {"description": "The device's id; `-` is the agent itself."}
_DOWN_MODELS: dict[str, tuple[str, type[BaseModel]]] = {
    "receipt": (receipt_of("{agent}"), Receipt),
    "hub": (HUB_ANNOUNCEMENT, HubAnnouncement),
    "command": (down("{agent}", "{device}", "command"), Command),
}


def asyncapi_document() -> dict[str, Any]:
    """The document as plain values, in the order in which a person reads it."""
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for kind in KINDS_UP:
        model = DATA_MODELS[kind]
        schemas |= _schemas(model)
        messages[kind] = _message(kind, _envelope(kind, model))
        channels[kind] = _channel(up("{agent}", "{device}", kind), kind)
        operations[f"take_{kind}"] = _operation("receive", kind)
    for kind, (address, model) in _DOWN_MODELS.items():
        schemas |= _schemas(model)
        messages[kind] = _message(kind, {"$ref": f"#/components/schemas/{model.__name__}"})
        channels[kind] = _channel(address, kind)
        operations[f"send_{kind}"] = _operation("send", kind)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Wanamori: agents and hub",
            "version": "1",
            "description": "MQTT 5, QoS 1, nothing retained. The schema's version is in the topic. "
            f"A message has up to {MAX_BYTES} bytes, a photo's up to {MAX_PHOTO_BYTES}.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": {**schemas, "Quantities": _quantities()}},
    }


def _channel(address: str, kind: str) -> Schema:
    parameters = {"agent": _AGENT, "device": _DEVICE}
    used = {name: parameters[name] for name in parameters if f"{{{name}}}" in address}
    channel: Schema = {"address": address}
    if used:
        channel["parameters"] = used
    channel["messages"] = {kind: {"$ref": f"#/components/messages/{kind}"}}
    return channel


def _operation(action: str, kind: str) -> Schema:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{kind}"},
        "messages": [{"$ref": f"#/channels/{kind}/messages/{kind}"}],
        "bindings": {"mqtt": {"qos": 1, "retain": False}},
    }


def _message(kind: str, payload: Schema) -> Schema:
    return {"name": kind, "contentType": "application/json", "payload": payload}


def _envelope(kind: str, model: type[BaseModel]) -> Schema:
    """CloudEvents 1.0, structured JSON, with the extension attributes of the contract."""
    text: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_ID}
    return {
        "type": "object",
        "description": f"CloudEvents 1.0, structured JSON. {_summary(model)}",
        "required": ["specversion", "id", "source", "type", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {**text, "description": "Unique within `source`; the same when it is sent again."},
            "source": {"type": "string", "pattern": f"^/agents/{ID_PATTERN}/devices/(-|{ID_PATTERN})$"},
            "type": {"const": type_of(kind)},
            "time": {"type": "string", "format": "date-time", "description": "The edge's own clock at the event."},
            "datacontenttype": {"const": "application/json"},
            "outbox": {**text, "description": "Id of the sender's outbox; without it there is no receipt."},
            "sequence": {"type": "string", "pattern": "^[0-9]+$", "description": "The outbox's own counter."},
            "clock": {"enum": ["set", "unset"], "default": "set"},
            "boot": {**text, "description": "Id of the boot; needed when the clock is unset."},
            "uptime": {"type": "number", "minimum": 0, "description": "Seconds since the boot at sending."},
            "data": {"$ref": f"#/components/schemas/{model.__name__}"},
        },
    }


def _schemas(model: type[BaseModel]) -> dict[str, Schema]:
    """The model's JSON schema and those of its parts, by name, with our docstrings as prose."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    parts: dict[str, Schema] = schema.pop("$defs", {})
    for each in (schema, *parts.values()):
        if "description" in each:
            each["description"] = re.sub(r"\s+", " ", each["description"].strip())
    if model is DATA_MODELS["readings"]:
        schema["properties"]["values"] = {"$ref": "#/components/schemas/Quantities"}
    return {**parts, model.__name__: schema}


def _quantities() -> Schema:
    """One column a quantity, as long as `times`."""
    properties: Schema = {
        quantity.name: {
            "description": f"{quantity.label}, {quantity.unit}",
            "type": "array",
            "items": {"type": ["number", "null"], "minimum": quantity.low, "maximum": quantity.high},
        }
        for quantity in QUANTITIES.values()
    }
    return {
        "type": "object",
        "description": "By quantity, one value or null for each of `times`.",
        "minProperties": 1,
        "properties": properties,
        "additionalProperties": False,
    }


def _summary(model: type[BaseModel]) -> str:
    return re.sub(r"\s+", " ", (model.__doc__ or "").strip()).split(". ")[0].rstrip(".") + "."
