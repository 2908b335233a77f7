"""Enrolling: a short code, once, for credentials of this agent's own."""

import http.client
import json
import ssl
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

from edge.config import Credentials
from edge.errors import ConfigError, EnrolmentError

__all__ = ["enrol"]

_TIMEOUT_S = 30.0
_MAX_ANSWER_BYTES = 1_000_000
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class _Problem(BaseModel):
    """What is read of a problem (RFC 9457)."""

    model_config = ConfigDict(extra="ignore")

    title: str | None = None
    detail: str | None = None


def enrol(hub: str, code: str, ca: Path | None = None) -> Credentials:
    """Give the hub at `hub` (its address, http or https) the code; `ca` is a PEM file to trust besides the system's.

    Raises ConfigError for an address or file that cannot be used, EnrolmentError (one line) for everything that the hub
    or the way to it says.
    """
    address = _address(hub)
    request = urllib.request.Request(  # noqa: S310 - only http and https come through _address
        f"{address}/api/v1/enrol",
        data=json.dumps({"code": code.strip()}).encode(),
        headers={"Content-Type": "application/json", "Accept": "application/json, application/problem+json"},
    )
    try:
        opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=_trust(ca)))
        with opener.open(request, timeout=_TIMEOUT_S) as response:
            answer = response.read(_MAX_ANSWER_BYTES)
    except urllib.error.HTTPError as error:
        raise EnrolmentError(_refusal(error)) from error
    except urllib.error.URLError as error:
        raise EnrolmentError(_unreachable(address, error.reason)) from error
    except (OSError, http.client.HTTPException) as error:
        raise EnrolmentError(_unreachable(address, error)) from error
    try:
        return Credentials.model_validate_json(answer)
    except ValidationError as error:
        raise EnrolmentError(f"{address} answered, but not as a hub does: is this the hub's address?") from error


def _address(hub: str) -> str:
    try:
        parts = urlsplit(hub)
        parts.port  # noqa: B018 - reading it is the check
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"{hub!r} is not the address of a hub; it looks like https://hub.example.jp")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ConfigError(f"{hub} is not encrypted, and the answer holds a password: use https")
    return hub.rstrip("/")


def _trust(ca: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca is not None:
        try:
            context.load_verify_locations(cafile=ca)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(f"{ca} is no file of certificates (PEM): {error.strerror or error}") from error
    return context


def _refusal(error: urllib.error.HTTPError) -> str:
    with error:
        body = error.read(_MAX_ANSWER_BYTES)
    try:
        problem = _Problem.model_validate_json(body)
        said = problem.detail or problem.title
    except ValidationError:
        said = None
    if error.code == 429:
        wait = error.headers.get("Retry-After")
        return f"too many tries; wait {wait} s and try again" if wait else "too many tries; wait a minute and try again"
    if error.code >= 500:
        return f"the hub has a problem of its own ({error.code}{': ' + said if said else ''}); try again later"
    return f"the hub does not take this code: {said or 'codes work once and for an hour; ask for a new one'}"


def _unreachable(address: str, reason: object) -> str:
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"the certificate of {address} is not trusted ({reason.verify_message}); give the town's with --ca FILE"
    return f"{address} cannot be reached: {reason}"
