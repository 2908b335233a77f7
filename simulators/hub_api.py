"""The hub as anybody outside sees it: its ready file and its HTTP API. The simulators know nothing else of it."""

from __future__ import annotations

import hashlib
import http.client
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Annotated, Any, cast
from urllib.parse import urlencode, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from simulators.errors import HubRefused, NotReady, Stopped

__all__ = ["HubApi", "Ready", "read_ready"]

_TIMEOUT_S = 30.0


class _Mqtt(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    host: str
    port: Annotated[int, Field(ge=1, le=65535)]


class _Staff(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    token: str


class Ready(BaseModel):
    """What the hub writes when all of it is up."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    http: Annotated[str, Field(pattern=r"^http://[^/]+$")]
    mqtt: _Mqtt
    staff: _Staff


def read_ready(file: Path) -> Ready:
    """Read a hub's ready file; raises NotReady, one line."""
    try:
        return Ready.model_validate_json(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotReady(f"There is no {file}: start `wanamori-hub local --data DIR` and name its ready.json.") from None
    except OSError as error:
        raise NotReady(f"{file} cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, ValidationError) as error:
        raise NotReady(f"{file} is no ready file of a hub.") from error


@dataclass(frozen=True, slots=True)
class HubApi:
    """The HTTP API as one person (or, without a token, as nobody). `address` is the hub's, e.g. http://127.0.0.1:8080.

    Raises NotReady when the hub does not answer, HubRefused with its own words when it will not, and Stopped instead of
    asking once `stop` is set.
    """

    address: str
    token: str | None = None
    stop: Event | None = None

    def of(self, token: str) -> HubApi:
        """The same hub as another person."""
        return replace(self, token=token)

    def get(self, path: str, **query: str) -> Any:
        """What is at a path below /api/v1."""
        return self._call("GET", f"{path}?{urlencode(query)}" if query else path, None)

    def post(self, path: str, body: Mapping[str, object]) -> Any:
        """Send a JSON object to a path below /api/v1."""
        return self._call("POST", path, body)

    def put(self, path: str, body: Mapping[str, object]) -> Any:
        """Replace what is at a path below /api/v1."""
        return self._call("PUT", path, body)

    def send_file(self, path: str, field: str, name: str, media_type: str, content: bytes) -> Any:
        """Send one file as a form does (multipart/form-data, RFC 7578)."""
        line = f"wanamori-{hashlib.sha256(content).hexdigest()[:32]}"
        head = f'--{line}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n'
        form = f"{head}Content-Type: {media_type}\r\n\r\n".encode() + content + f"\r\n--{line}--\r\n".encode()
        return self._send("POST", path, form, f"multipart/form-data; boundary={line}")

    def items(self, path: str, **query: str) -> Iterator[dict[str, Any]]:
        """All items of a list, page after page."""
        while True:
            page = cast("dict[str, Any]", self.get(path, **query))
            yield from page["items"]
            if not page["next"]:
                return
            query["cursor"] = page["next"]

    def _call(self, method: str, path: str, body: Mapping[str, object] | None) -> Any:
        return self._send(method, path, None if body is None else json.dumps(body).encode(), "application/json")

    def _send(self, method: str, path: str, body: bytes | None, media_type: str) -> Any:
        if self.stop is not None and self.stop.is_set():
            raise Stopped
        parts = urlsplit(self.address)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_TIMEOUT_S)
        headers = {"Accept": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            headers["Content-Type"] = media_type
        try:
            connection.request(method, f"/api/v1{path}", body, headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise NotReady(f"The hub at {self.address} does not answer: {error}.") from error
        finally:
            connection.close()
        if answer.status >= 400:
            raise HubRefused(f"{method} /api/v1{path}: {answer.status} {_problem(content)}")
        return json.loads(content) if content else None


def _problem(content: bytes) -> str:
    """The words of an RFC 9457 problem."""
    try:
        problem = cast("dict[str, Any]", json.loads(content))
        return str(problem.get("detail") or problem.get("title") or "")
    except (ValueError, AttributeError):
        return content[:200].decode(errors="replace")
