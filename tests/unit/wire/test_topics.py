"""Topics of the contract: what is ours, what is not, and back again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.wire.topics import (
    HUB_ANNOUNCEMENT,
    KINDS_UP,
    NOBODY,
    BadTopicError,
    Topic,
    commands_of,
    down,
    parse_topic,
    receipt_of,
    source_of,
    type_of,
    up,
)

names = st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}", fullmatch=True)


@given(names, names | st.just(NOBODY), st.sampled_from(KINDS_UP))
def test_a_topic_going_up_is_parsed_back(agent: str, device: str, kind: str) -> None:
    assert parse_topic(up(agent, device, kind)) == Topic("up", agent, device, kind)


@given(names, names | st.just(NOBODY))
def test_a_topic_going_down_is_parsed_back(agent: str, device: str) -> None:
    assert parse_topic(down(agent, device, "command")) == Topic("down", agent, device, "command")


def test_the_contract_to_the_letter() -> None:
    assert up("ag-1", "boar-1", "sprung") == "wanamori/v1/up/ag-1/boar-1/sprung"
    assert receipt_of("ag-1") == "wanamori/v1/down/ag-1/-/receipt"
    assert commands_of("ag-1") == "wanamori/v1/down/ag-1/#"
    assert HUB_ANNOUNCEMENT == "wanamori/v1/down/-/-/hub"
    assert source_of("ag-1", "boar-1") == "/agents/ag-1/devices/boar-1"
    assert type_of("sprung") == "jp.wanamori.sprung.v1"


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "wanamori/v1/up/ag-1/boar-1",
        "wanamori/v1/up/ag-1/boar-1/sprung/more",
        "wanamori/v2/up/ag-1/boar-1/sprung",
        "other/v1/up/ag-1/boar-1/sprung",
        "wanamori/v1/sideways/ag-1/boar-1/sprung",
        "wanamori/v1/up/AG-1/boar-1/sprung",
        "wanamori/v1/up/ag-1/罠/sprung",
        "wanamori/v1/up//boar-1/sprung",
        "wanamori/v1/up/-ag/boar-1/sprung",
        "wanamori/v1/up/ag-1/boar-1\n/sprung",
        f"wanamori/v1/up/{'a' * 64}/boar-1/sprung",
    ],
)
def test_what_is_no_topic_of_ours(topic: str) -> None:
    with pytest.raises(BadTopicError):
        parse_topic(topic)
