import base64
import string

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from hub.registry import secrets
from hub.registry.passwords import check_password, hash_password
from hub.registry.town_key import command_public_key, command_signing_key

CROCKFORD = set(string.digits + string.ascii_uppercase) - set("ILOU")


def test_a_code_has_fifty_bits_or_more_and_no_letter_that_is_misread() -> None:
    codes = {secrets.new_code() for _ in range(200)}
    assert len(codes) == 200
    assert secrets.CODE_BITS >= 50
    assert all(set(code.replace("-", "")) <= CROCKFORD and len(code) == 14 for code in codes)


@given(st.lists(st.sampled_from(sorted(CROCKFORD)), min_size=12, max_size=12), st.randoms())
def test_a_code_is_read_however_it_is_typed(letters: list[str], random) -> None:
    typed = ""
    for letter in letters:
        heard = random.choice([letter, {"0": "O", "1": random.choice("IL")}.get(letter, letter)])
        typed += random.choice([heard.lower(), heard]) + random.choice(["", "-", " "])
    assert secrets.normal_code(typed) == "".join(letters)


@given(st.text())
def test_whatever_is_typed_is_a_code_or_none(typed: str) -> None:
    read = secrets.normal_code(typed)
    assert read is None or (len(read) == 12 and set(read) <= CROCKFORD)


@pytest.mark.parametrize("typed", ["", "7KQ2-M9XT", "7KQ2-M9XT-0WPA-1", "7KQ2-M9XT-0WPU", "７KQ2-M9XT-0WPA"])
def test_what_is_no_code_is_not_taken_for_one(typed: str) -> None:
    assert secrets.normal_code(typed) is None


def test_secrets_have_256_bits() -> None:
    assert secrets.new_token().startswith("wm_")
    for secret in (secrets.new_token()[3:], secrets.new_password(), secrets.new_session_token()):
        assert len(base64.urlsafe_b64decode(secret + "=")) == 32


def test_the_town_key_is_the_secrets_own_and_its_public_half_checks_signatures() -> None:
    key = command_public_key("a secret of thirty-two characters and more")
    assert key == command_public_key("a secret of thirty-two characters and more")
    assert key != command_public_key("another secret of thirty-two characters and more")
    signature = command_signing_key("a secret of thirty-two characters and more").sign(b"land")
    Ed25519PublicKey.from_public_bytes(base64.b64decode(key)).verify(signature, b"land")


def test_a_password_is_right_or_wrong_and_nobody_has_none() -> None:
    hashed = hash_password("correct horse battery")
    assert hashed.startswith("$argon2id$")
    assert check_password("correct horse battery", hashed)
    assert not check_password("correct horse batterx", hashed)
    assert not check_password("there is no such person", None)
    assert not check_password("\ud800 half a pair", hashed)
