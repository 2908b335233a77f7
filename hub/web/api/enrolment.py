"""Enrolment: an agent turns its code into credentials at the broker. No token: the code is the proof."""

from threading import Event
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field, StringConstraints

from hub import clock
from hub.config import Settings
from hub.errors import Unavailable
from hub.registry import service as registry
from hub.registry.devices import Enrolled
from hub.registry.service import BadCode
from hub.registry.town_key import command_public_key
from hub.web.api.forms import Form
from hub.web.openapi import problems
from hub.web.services import Services
from hub.web.session import ServicesOf, address_of, throttle_of
from hub.web.throttle import Throttle

__all__ = ["router"]

router = APIRouter(tags=["agents"])
# The broker reads its passwords again within some 100 ms of the notice; so long an agent waits at most.
_PATIENCE_S = 5.0
_PAUSE_S = 0.05
_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)


class BrokerSlow(Unavailable):
    """The broker does not know the new account yet: send the same code again in a moment."""


class Code(Form):
    """The code as staff read it out; case, spaces and dashes do not matter."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=100)] = Field(examples=["7KQ2-M9XT-0WPA"])


class Broker(BaseModel):
    """How the agent reaches the broker."""

    host: str = Field(examples=["127.0.0.1"])
    port: int = Field(examples=[1883])
    tls: bool
    username: str = Field(description="The agent's id")
    password: str = Field(description="256 random bits, told only now")
    ca: str | None = Field(description="PEM of the authority that signed the broker's certificate; null without TLS")


class Enrolment(BaseModel):
    """All that an agent needs to know. The credentials work when this is answered."""

    agent: str = Field(examples=["ag-k3p9x2ma"])
    mqtt: Broker
    command_key: str = Field(
        description="The town's Ed25519 public key, 32 bytes in base64: commands to fly are signed with it"
    )


@router.post("/enrol", summary="Enrol an agent with its code", responses=problems(404))
def enrol(
    sent: Code, request: Request, services: ServicesOf, throttle: Annotated[Throttle, Depends(throttle_of)]
) -> Enrolment:
    """Answers when the broker lets the agent in, which takes some tenths of a second.

    The code works once; wrong codes are throttled.
    """
    address = address_of(request)
    throttle.enrol(address)
    try:
        with services.database.transaction() as conn:
            enrolled = registry.enrol(conn, sent.code, services.now())
    except BadCode:
        throttle.wrong_code(address)
        _log.warning("enrolment_refused", address=address)
        raise
    if not _is_admitted(services, enrolled):
        with services.database.transaction() as conn:
            registry.return_code(conn, sent.code, enrolled.agent_id, services.now())
        raise BrokerSlow
    settings = services.settings
    key = command_public_key(settings.secret.get_secret_value())
    return Enrolment(agent=enrolled.agent_id, mqtt=_broker(settings, enrolled), command_key=key)


def _is_admitted(services: Services, enrolled: Enrolled) -> bool:
    """Whether the broker took the account within our patience: the proof is a real login."""
    pause = Event()
    until = clock.monotonic() + _PATIENCE_S
    while True:
        try:
            if services.broker_admits(enrolled.agent_id, enrolled.password):
                return True
        except Unavailable:
            # It may be starting again at this moment.
            pass
        if clock.monotonic() >= until:
            return False
        pause.wait(_PAUSE_S)


def _broker(settings: Settings, enrolled: Enrolled) -> Broker:
    ca = settings.mqtt_ca_file.read_text(encoding="ascii") if settings.mqtt_ca_file else None
    return Broker(
        host=settings.agent_mqtt_host or settings.mqtt_host,
        port=settings.agent_mqtt_port or settings.mqtt_port,
        tls=ca is not None,
        username=enrolled.agent_id,
        password=enrolled.password,
        ca=ca,
    )
