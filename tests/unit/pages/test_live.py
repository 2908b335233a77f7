"""Who hears of what changed."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.web.live import EVERYTHING, MAX_WAITING, Audience, Mailbox, format_event_id, may_hear, parse_event_id

HUNTER = Audience(everything=False, ids=frozenset({"trap-1", "pl-1"}))
STAFF = Audience(everything=True)


@pytest.mark.parametrize(
    ("notice", "heard"),
    [
        ({"what": "device", "id": "trap-1"}, True),
        ({"what": "device", "id": "trap-2"}, False),
        ({"what": "reading", "id": "trap-1"}, True),
        ({"what": "incident", "id": "i-1", "device": "trap-1"}, True),
        ({"what": "incident", "id": "i-1", "device": "trap-2"}, False),
        ({"what": "incident", "id": "i-1", "device": None}, False),
        ({"what": "incident", "id": "i-1"}, False),
        ({"what": "plot", "id": "pl-1"}, True),
        ({"what": "agent", "id": "trap-1"}, False),
        ({"what": "quarantine", "id": "trap-1"}, False),
        ({"what": "something new", "id": "trap-1"}, False),
        ({}, False),
        (EVERYTHING, True),
    ],
)
def test_a_reader_hears_of_what_the_reader_may_see(notice, heard):
    assert may_hear(HUNTER, notice) is heard
    assert may_hear(STAFF, notice)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_an_event_id_reads_back_to_the_millisecond(instant):
    read = parse_event_id(format_event_id(instant))
    assert read is not None
    assert 0 <= (instant - read).total_seconds() < 0.001001


@given(st.one_of(st.none(), st.text(max_size=40)))
def test_rubbish_is_no_event_id(text):
    read = parse_event_id(text)
    assert read is None or (text is not None and text.isdigit())


def test_a_mailbox_keeps_each_change_once_and_never_grows_for_ever():
    async def scenario():
        box = Mailbox(hears=True)
        for _ in range(5):
            box.put({"what": "device", "id": "trap-1"})
        assert await box.take(1) == [{"what": "device", "id": "trap-1"}]
        for number in range(MAX_WAITING + 5):
            box.put({"what": "device", "id": f"trap-{number}"})
        taken = await box.take(1)
        assert EVERYTHING in taken
        assert len(taken) <= MAX_WAITING
        box.close()
        assert await box.take(60) == []
        assert box.closed

    # In a thread of its own: the browser's tests leave a loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, scenario()).result()
