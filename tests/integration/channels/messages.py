"""Messages as the worker makes them, for tests of channels alone."""

import uuid
from datetime import UTC, datetime

from hub.alerts.kinds import KINDS
from hub.alerts.links import make_link
from hub.alerts.messages import Address, Addressee, Digest, Message, Purpose
from hub.alerts.notices import Notice

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
SECRET, URL = "k" * 40, "https://wanamori.example.jp"


def notice(number: int = 1, name: str | None = None, told: tuple[str, ...] = ()) -> Notice:
    incident = f"i-{number:08d}"
    return Notice(
        delivery_id=number,
        incident_id=incident,
        kind=KINDS["trap_sprung"],
        name=name or f"矢那 {number}号",
        place=None,
        occurred_at=NOW,
        uncertain=False,
        late=False,
        round=1,
        told=told,
        person_id="p-sato",
        person_name="佐藤",
        email="sato@example.jp",
        language="ja",
        going_url=make_link(SECRET, URL, "p-sato", incident, "going", NOW),
        incident_url=f"{URL}/incidents/{incident}",
        now=NOW,
    )


def message(
    *addresses: str,
    purpose: Purpose = "alarm",
    notices: tuple[Notice, ...] | None = None,
    language: str = "ja",
    details: tuple[dict[str, object], ...] = (),
    key: str | None = None,
) -> Message:
    given = (*details, *[{}] * len(addresses))
    ways = tuple(Address(i, address, given[i - 1]) for i, address in enumerate(addresses, 1))
    return Message(
        key=key or str(uuid.uuid4()),
        purpose=purpose,
        person=Addressee("p-sato", "佐藤", "sato@example.jp", language, ways),
        now=NOW,
        notices=((notice(),) if notices is None else notices) if purpose == "alarm" else (),
        going_url=make_link(SECRET, URL, "p-sato", "m-1", "going_some", NOW),
        digest=Digest((("作動したまま", ("矢那 1号", "矢那 2号")),)) if purpose == "digest" else None,
        confirm_url=make_link(SECRET, URL, "p-sato", "m-1", "reached", NOW) if purpose == "drill" else None,
        pages_url=f"{URL}/",
    )
