"""The codec reads back what it writes, and answers arbitrary bytes with UnreadableError and nothing else."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from edge.wire.codec import MAX_BYTES, MAX_PHOTO_BYTES, Message, UnreadableError, decode, encode
from edge.wire.messages import DATA_MODELS, EmptyData, OpenData, ReadingsData, SprungData, StatusData
from edge.wire.orders import PHASES, CheckResult, FlightData, FlightMessage, PhotoTaken, ReplyData
from edge.wire.quantities import QUANTITIES
from edge.wire.topics import KINDS_UP, NOBODY, Topic, parse_topic, source_of, type_of, up

names = st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}", fullmatch=True)
texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=60)
instants = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)
floats = st.floats(allow_nan=False, allow_infinity=False)
leaves = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | floats | texts
json_values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4)
)


@st.composite
def readings(draw: st.DrawFn) -> ReadingsData:
    times = draw(st.lists(instants, min_size=1, max_size=20))
    column = st.lists(st.none() | floats, min_size=len(times), max_size=len(times))
    return ReadingsData(
        times=times, values=draw(st.dictionaries(st.sampled_from(list(QUANTITIES)), column, min_size=1))
    )


statuses = st.builds(
    StatusData,
    state=st.sampled_from(["online", "running", "offline"]),
    session=st.none() | texts,
    line=st.sampled_from([None, "closed", "open", "tampered", "fault"]),
    battery_v=st.none() | floats,
    backlog=st.none() | st.integers(0, 10**6),
    faults=st.lists(texts, max_size=3),
)
data_of = {
    "sprung": st.builds(SprungData, count=st.integers(1, 1_000_000)),
    "reset": st.builds(EmptyData),
    "readings": readings(),
    "status": statuses,
    "photo": st.dictionaries(texts, json_values, max_size=4).map(OpenData.model_validate),
}
data_of["flight"] = st.builds(
    FlightData,
    survey=st.none() | texts.filter(bool),
    phase=st.sampled_from([None, *PHASES]),
    lat=st.none() | st.floats(-90, 90),
    satellites=st.none() | st.integers(0, 255),
    photos=st.lists(
        st.builds(
            PhotoTaken,
            number=st.integers(1, 10**6),
            lat=st.floats(-90, 90),
            lon=st.floats(-180, 180),
            height_m=st.floats(-500, 10_000),
            taken_at=st.none() | instants,
        ),
        max_size=3,
    ),
    messages=st.lists(st.builds(FlightMessage, severity=st.integers(0, 7), text=texts), max_size=3),
)
data_of["reply"] = st.builds(
    ReplyData,
    order=st.none() | texts,
    outcome=st.sampled_from([None, "accepted", "done", "refused", "failed"]),
    checks=st.lists(st.builds(CheckResult, name=texts.filter(bool), passed=st.booleans(), detail=texts), max_size=3),
)


@st.composite
def messages(draw: st.DrawFn) -> Message:
    kind = draw(st.sampled_from(KINDS_UP))
    data: BaseModel = draw(data_of[kind])
    has_outbox = draw(st.booleans())
    return Message(
        agent=draw(names),
        device=draw(names | st.just(NOBODY)),
        kind=kind,
        id=draw(texts),
        time=draw(st.none() | instants),
        data=data,
        outbox=draw(names) if has_outbox else None,
        sequence=draw(st.integers(0, 2**53)) if has_outbox else None,
        clock=draw(st.sampled_from(["set", "unset"])),
        boot=draw(st.none() | texts),
        uptime_s=draw(st.none() | st.floats(0, 3e9)),
    )


@given(messages())
def test_what_is_written_is_read_back(message: Message) -> None:
    topic = parse_topic(up(message.agent, message.device, message.kind))

    assert decode(topic, encode(message)) == message


kinds = st.sampled_from(KINDS_UP) | names


def read(kind: str, payload: bytes) -> Message | UnreadableError:
    try:
        return decode(Topic("up", "ag-1", "dev-1", kind), payload)
    except UnreadableError as error:
        return error


@given(kinds, st.binary(max_size=300))
def test_bytes_of_any_kind_are_read_or_refused(kind: str, payload: bytes) -> None:
    read(kind, payload)


ATTRIBUTES = ("specversion", "id", "source", "type", "time", "clock", "boot", "uptime", "outbox", "sequence", "data")
wild = (
    json_values
    | st.sampled_from(
        [float("nan"), float("inf"), 10**400, 10**5000, -1, "", "\0", "\ud800", "NaN", "1_0", True, {}, []]
    )
    | st.integers()
)


@given(
    st.sampled_from(KINDS_UP),
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(ATTRIBUTES, wild),
    ),
    st.booleans(),
)
def test_an_envelope_with_anything_in_it_is_read_or_refused(
    kind: str, wrong: dict[str, object], ascii_only: bool
) -> None:
    good = {
        "specversion": "1.0",
        "id": "1",
        "source": source_of("ag-1", "dev-1"),
        "type": type_of(kind),
        "data": {"times": ["2026-11-23T05:00:00Z"], "values": {"co2": [400.0]}} if kind == "readings" else {},
    }
    payload = _lenient({**good, **wrong}, ascii_only)

    result = read(kind, payload)

    if isinstance(result, Message):
        assert result.time is None or result.time.tzinfo is UTC
        assert result.uptime_s is None or result.uptime_s >= 0
        assert (result.outbox is None) == (result.sequence is None)


def _lenient(value: object, ascii_only: bool) -> bytes:
    """JSON with all that real senders get wrong: NaN, endless numbers, halves of surrogate pairs."""
    if isinstance(value, dict):
        inner = (f"{json.dumps(key)}:".encode() + _lenient(item, ascii_only) for key, item in value.items())
        return b"{" + b",".join(inner) + b"}"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**4000:
        return b"1" + b"0" * 5000
    return json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")


@pytest.mark.parametrize(
    ("kind", "payload", "reason"),
    [
        ("sprung", b"", "malformed"),
        ("sprung", b"[]", "malformed"),
        ("sprung", b"\xff\xfe{}", "malformed"),
        ("sprung", b'{"data": {"count": NaN}}', "malformed"),
        ("photo", b'{"specversion":"1.0","id":"1","data":{"a":"\\u0000"}}', "malformed"),
        ("sprung", b'{"specversion":"1.0","data":{}}', "schema"),
        ("sprung", b'{"specversion":"1.0","id":7,"data":{}}', "schema"),
        ("sprung", b'{"specversion":"0.3","id":"7","data":{}}', "schema"),
        ("sprung", b'{"specversion":"1.0","id":"7","data":{"count":"3"}}', "schema"),
        ("sprung", b'{"specversion":"1.0","id":"7","data":{}}', "identity"),
        ("sprng", b"{}", "unknown_kind"),
        ("sprng", b"\xff", "unknown_kind"),
        ("sprung", b" " * (MAX_BYTES + 1), "too_large"),
        ("photo", b" " * (MAX_PHOTO_BYTES + 1), "too_large"),
        ("photo", b" " * (10 * MAX_PHOTO_BYTES), "too_large"),
    ],
)
def test_the_reason_is_named(kind: str, payload: bytes, reason: str) -> None:
    result = read(kind, payload)

    assert isinstance(result, UnreadableError)
    assert result.reason == reason


def envelope(kind: str, **more: object) -> bytes:
    return json.dumps({
        "specversion": "1.0",
        "id": "1",
        "source": source_of("ag-1", "dev-1"),
        "type": type_of(kind),
        "outbox": "o-1",
        "sequence": "12",
        **more,
    }).encode()  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("sprng", envelope("sprng", data={})),
        ("sprung", envelope("sprung", data={"count": "many"})),
        ("sprung", envelope("sprung", data={}, source="/agents/ag-2/devices/dev-1")),
        ("readings", envelope("readings", data={"times": [], "values": {}})),
        ("sprung", envelope("sprung", data={}, uptime=-4)),
        ("sprung", envelope("sprung", data={"more": "x" * MAX_BYTES})),
    ],
)
def test_a_refused_message_still_says_where_its_receipt_goes(kind: str, payload: bytes) -> None:
    result = read(kind, payload)

    assert isinstance(result, UnreadableError)
    assert (result.outbox, result.sequence) == ("o-1", 12)


@pytest.mark.parametrize(
    "time", [None, "", "yesterday", 1763874000, "2026-02-30T00:00:00Z", "2026-11-23T05:00:00", {}, True]
)
def test_a_time_that_is_none_does_not_keep_a_firing_from_being_read(time: object) -> None:
    result = read("sprung", envelope("sprung", data={}, time=time))

    assert isinstance(result, Message)
    assert result.time is None


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_at_the_edge_of_the_calendar_is_none(time: str) -> None:
    result = read("sprung", envelope("sprung", data={}, time=time))

    assert isinstance(result, Message)
    assert result.time is None


def test_times_with_any_offset_are_the_same_instant() -> None:
    result = read("sprung", envelope("sprung", data={}, time="2026-11-23T14:00:00+09:00"))

    assert isinstance(result, Message)
    assert result.time == datetime(2026, 11, 23, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "values",
    [
        {"co2": [400.0]},
        {"co2": [400.0, "410"]},
        {"co2": [400.0, True]},
        {"co2": [400.0, None, 1.0]},
        {"co2": 400.0},
        [],
        {},
    ],
)
def test_columns_must_fit_the_times(values: object) -> None:
    times = [datetime(2026, 11, 23, tzinfo=UTC) + timedelta(minutes=step) for step in range(2)]
    data = {"times": [time.isoformat() for time in times], "values": values}

    result = read("readings", envelope("readings", data=data))

    assert isinstance(result, UnreadableError)
    assert result.reason == "schema"


def test_each_kind_has_a_model() -> None:
    assert set(DATA_MODELS) == set(KINDS_UP)
