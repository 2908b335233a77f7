"""A test message to one person on one channel, at once: whoever has just linked a phone wants to see that it works."""

from datetime import datetime
from uuid import uuid4

from hub.alerts.channels import DeliveryError, Refused
from hub.alerts.messages import Address, Addressee, Message
from hub.errors import NotFound
from hub.registry import service as registry
from hub.registry import ways
from hub.registry.people import Actor
from hub.web.services import Services

__all__ = ["try_channel"]


def try_channel(services: Services, actor: Actor, channel: str, now: datetime) -> None:
    """Send the actor a test message. Addresses that the other side says are gone are ended.

    Raises NotFound for a channel that the town has not, Refused and Unreached as the channel does.
    """
    if channel not in services.channels.channels:
        raise NotFound
    with services.database.transaction() as conn:
        person = registry.fetch_person(conn, actor.person_id)
        mine = ways.fetch_ways(conn, actor.person_id, channel)
        registry.record(conn, actor, "try_channel", f"person/{actor.person_id}", now, channel=channel)
    if not (mine or (channel == "mail" and person.email)):
        raise Refused("You have linked nothing here.")
    addresses = tuple(Address(way.id, way.address, way.detail) for way in mine)
    addressee = Addressee(person.id, person.name, person.email, person.language, addresses)
    public_url = services.settings.public_url.rstrip("/")
    message = Message(str(uuid4()), "drill", addressee, now, pages_url=f"{public_url}/me/channels")
    session = services.channels.channels[channel].open_session()
    gone: tuple[int, ...] = ()
    try:
        gone = session.send(message).gone
    except DeliveryError as error:
        gone = error.gone
        raise
    finally:
        session.close()
        if gone:
            with services.database.transaction() as conn:
                for way_id in gone:
                    ways.end_way(conn, way_id, "refused by the other side", now)
