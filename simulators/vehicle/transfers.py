"""How lists of items come up: a state machine for each list, with what it asks of the sender. Pure.

Rules, as ArduCopter 4.0 has them:
1. A count begins an upload; another sender's count is refused while one runs, the same sender's begins again.
2. Each item is asked for by its number. What is not the one that was asked for is answered with INVALID_SEQUENCE,
   and the upload goes on. A bad item ends it with its reason.
3. What was asked for and does not come is asked for again each second; after eight the upload ends as CANCELLED.
4. A mission is replaced item by item, so that a broken upload leaves a broken mission; fences and rally points are
   replaced as a whole, with the last item.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from simulators.vehicle.items import MAX_ITEMS, Item, check_fence, check_item
from simulators.vehicle.mav import MissionAck, Store

__all__ = ["ASK_AGAIN_S", "GIVE_UP_S", "Answer", "Ask", "Done", "Peer", "Upload", "begin", "remind", "take"]

ASK_AGAIN_S = 1.0
GIVE_UP_S = 8.0


@dataclass(frozen=True, slots=True)
class Peer:
    """Who sends: its link, system and component."""

    link: int
    system: int
    component: int

    def is_same_station(self, other: Peer) -> bool:
        """Whether both are one station, on whichever link: it may have come back on another one."""
        return (self.system, self.component) == (other.system, other.component)


@dataclass(frozen=True, slots=True)
class Upload:
    """A list that is coming: what has come, and since when (seconds) the next one is waited for."""

    peer: Peer
    store: Store
    count: int
    items: tuple[Item, ...]
    came_s: float
    asked_s: float
    as_integers: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the sender for one item."""

    peer: Peer
    store: Store
    seq: int
    as_integers: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """Tell the sender how it went."""

    peer: Peer
    store: Store
    result: MissionAck


@dataclass(frozen=True, slots=True)
class Done:
    """The list has this content now; of a mission also each time that one more item is there."""

    store: Store
    items: tuple[Item, ...]
    complete: bool


Effect = Ask | Answer | Done


def begin(
    upload: Upload | None, peer: Peer, store: Store, count: int, now_s: float
) -> tuple[Upload | None, list[Effect]]:
    """A count has come."""
    if upload is not None and not upload.peer.is_same_station(peer):
        return upload, [Answer(peer, store, MissionAck.DENIED)]
    if count > MAX_ITEMS[store]:
        return None, [Answer(peer, store, MissionAck.NO_SPACE)]
    if count == 0:
        return None, [Done(store, (), complete=True), Answer(peer, store, MissionAck.ACCEPTED)]
    as_integers = upload.as_integers if upload is not None else False
    started = Upload(peer, store, count, (), now_s, now_s, as_integers)
    emptied: list[Effect] = [Done(store, (), complete=False)] if store is Store.MISSION else []
    return started, [*emptied, _ask(started)]


def take(
    upload: Upload | None, peer: Peer, store: Store, seq: int, item: Item, now_s: float
) -> tuple[Upload | None, list[Effect]]:
    """An item has come."""
    if upload is None or not upload.peer.is_same_station(peer):
        return upload, [Answer(peer, store, MissionAck.ERROR)]
    if seq != len(upload.items):
        return upload, [Answer(peer, store, MissionAck.INVALID_SEQUENCE)]
    result = check_item(store, item)
    if result is not MissionAck.ACCEPTED:
        return None, [Answer(peer, store, result)]
    grown = replace(upload, peer=peer, items=(*upload.items, item), came_s=now_s, asked_s=now_s)
    if len(grown.items) == grown.count:
        return _finish(grown)
    partly: list[Effect] = [Done(store, grown.items, complete=False)] if store is Store.MISSION else []
    return grown, [*partly, _ask(grown)]


def _finish(upload: Upload) -> tuple[None, list[Effect]]:
    result = check_fence(upload.items) if upload.store is Store.FENCE else MissionAck.ACCEPTED
    answer = Answer(upload.peer, upload.store, result)
    if result is not MissionAck.ACCEPTED:
        return None, [answer]
    return None, [Done(upload.store, upload.items, complete=True), answer]


def remind(upload: Upload, now_s: float) -> tuple[Upload | None, list[Effect]]:
    """Time has passed: ask again, or give up."""
    if now_s - upload.came_s >= GIVE_UP_S:
        return None, [Answer(upload.peer, upload.store, MissionAck.CANCELLED)]
    if now_s - upload.asked_s < ASK_AGAIN_S:
        return upload, []
    asked = replace(upload, asked_s=now_s)
    return asked, [_ask(asked)]


def as_integers(upload: Upload, now_s: float) -> tuple[Upload, list[Effect]]:
    """The sender does not know the old way of asking (it said UNSUPPORTED): ask with MISSION_REQUEST_INT."""
    asked = replace(upload, as_integers=True, asked_s=now_s)
    return asked, [_ask(asked)]


def _ask(upload: Upload) -> Ask:
    return Ask(upload.peer, upload.store, len(upload.items), upload.as_integers)
