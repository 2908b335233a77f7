"""What the town did not sign is no order, whatever was done to its bytes."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from edge.core.flying.orders import Accept, Again, judge
from edge.errors import ConfigError
from edge.flight.signing import Signed, TownKey
from edge.wire.orders import Command, ReplyData
from tests.unit.flight.orders import LIMITS, memory, moment, order, situation

TOWN = Ed25519PrivateKey.generate()
KEY = TownKey(base64.b64encode(TOWN.public_key().public_bytes_raw()).decode())


def signed(text: str, by: Ed25519PrivateKey = TOWN) -> bytes:
    signature = base64.b64encode(by.sign(text.encode())).decode()
    return Command(order=text, signature=signature).model_dump_json().encode()


FLY = order("fly")
PAYLOAD = signed(FLY.model_dump_json())

mutations = st.one_of(
    st.tuples(st.just("flip"), st.integers(0, len(PAYLOAD) - 1), st.integers(1, 255)),
    st.tuples(st.just("cut"), st.integers(0, len(PAYLOAD) - 1), st.integers(1, 40)),
    st.tuples(st.just("insert"), st.integers(0, len(PAYLOAD)), st.binary(min_size=1, max_size=8)),
    st.tuples(st.just("double"), st.integers(0, len(PAYLOAD) - 1), st.integers(1, 400)),
)


def mutated(payload: bytes, changes) -> bytes:
    for kind, where, what in changes:
        at = min(where, len(payload))
        if kind == "flip" and at < len(payload):
            payload = payload[:at] + bytes([payload[at] ^ what]) + payload[at + 1 :]
        elif kind == "cut":
            payload = payload[:at] + payload[at + what :]
        elif kind == "insert":
            payload = payload[:at] + what + payload[at:]
        elif kind == "double":
            payload = payload[: at + what] + payload[at:]
    return payload


def test_what_the_town_signed_is_its_order() -> None:
    read = KEY.read(PAYLOAD)
    assert isinstance(read, Signed)
    assert read.order == FLY


@given(st.lists(mutations, min_size=1, max_size=4))
def test_no_change_of_its_bytes_makes_another_order_of_it(changes) -> None:
    """Either it is refused, or it is the very same order (a blank in the envelope), which is done once."""
    read = KEY.read(mutated(PAYLOAD, changes))
    if isinstance(read, Signed):
        original = KEY.read(PAYLOAD)
        assert read == original
        remembers = memory().noted(FLY, read.digest, ReplyData(order=FLY.id), moment(1), acts=True)
        assert isinstance(judge(read.order, read.digest, situation(), LIMITS, remembers, moment(2)), Again)
    else:
        assert read in ("forged", "unreadable")


@given(
    st.dictionaries(
        st.sampled_from(sorted(json.loads(FLY.model_dump_json()))),
        st.one_of(st.text(max_size=20), st.none(), st.integers(), st.sampled_from(["prepare", "2030-01-01T00:00:00Z"])),
        min_size=1,
        max_size=4,
    )
)  # fmt: skip
def test_no_word_of_it_can_be_changed(words) -> None:
    fields = json.loads(FLY.model_dump_json())
    text = json.dumps(fields | words)
    command = json.loads(PAYLOAD) | {"order": text}
    assert KEY.read(json.dumps(command).encode()) == "forged"


def test_the_signature_of_another_order_or_of_another_key_is_none() -> None:
    other = json.loads(signed(order("hold").model_dump_json()))
    assert KEY.read(json.dumps({**json.loads(PAYLOAD), "signature": other["signature"]}).encode()) == "forged"
    assert KEY.read(signed(FLY.model_dump_json(), Ed25519PrivateKey.generate())) == "forged"
    short = base64.b64encode(b"short").decode()
    assert KEY.read(json.dumps({**json.loads(PAYLOAD), "signature": short}).encode()) == "forged"


@pytest.mark.parametrize("payload", [b"", b"{}", b"\xff\x00", b"[]", b'{"order": 3, "signature": "a"}', b"{" * 10_000])
def test_rubbish_is_unreadable(payload) -> None:
    assert KEY.read(payload) == "unreadable"


def test_a_signed_order_of_a_kind_that_is_not_known_is_unreadable() -> None:
    fields = json.loads(FLY.model_dump_json())
    assert KEY.read(signed(json.dumps(fields | {"action": "somersault"}))) == "unreadable"


def test_a_newer_town_may_say_more() -> None:
    fields = json.loads(FLY.model_dump_json())
    read = KEY.read(signed(json.dumps(fields | {"weather": "fine"})))
    assert isinstance(read, Signed)
    assert judge(read.order, read.digest, situation(), LIMITS, memory(), moment(1)) == Accept()


@pytest.mark.parametrize("key", [None, "", "a2V5", "not base64!", base64.b64encode(bytes(33)).decode()])
def test_without_the_towns_key_nothing_starts(key) -> None:
    with pytest.raises(ConfigError, match="enrol again"):
        TownKey(key)
