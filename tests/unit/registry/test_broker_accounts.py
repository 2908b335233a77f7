"""The broker's password file as text."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.registry.broker_accounts import hash_broker_password, own_broker_account, render_password_file

HASH = hash_broker_password("secret", b"123456789012")
NAMES = st.from_regex(r"ag-[a-z2-7]{8}", fullmatch=True)


def test_a_hash_is_what_mosquitto_passwd_writes() -> None:
    # the line that mosquitto_passwd 2.0.11 made of `ag:secret`
    salt = "OBJBls+Uja2YBg7n"
    hashed = "d9PVkl2Tt2QZ+LLrBGM7BFJ65F+Y8SrOzxlIWhYCddvT22DZD/fba2C/RIyfUQHBVKrBWVfPqahc26GY+AxOFA=="
    assert hash_broker_password("secret", base64.b64decode(salt)) == f"$7$101${salt}${hashed}"


@given(st.dictionaries(NAMES, st.just(HASH)))
def test_equal_accounts_make_equal_files(accounts: dict[str, str]) -> None:
    text = render_password_file(accounts.items())
    assert text == render_password_file(reversed(list(accounts.items())))
    assert dict(line.split(":", 1) for line in text.splitlines()) == accounts


@pytest.mark.parametrize("name", ["", "+", "#", "a/b", "a:b", "a\nb", "-", "$SYS", "a b"])
def test_a_name_that_would_mean_something_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a broker account"):
        render_password_file([(name, HASH)])


@pytest.mark.parametrize("hashed", ["", "secret", HASH + "\nroot:x", HASH.replace("$7$", "$6$"), HASH + "$"])
def test_a_hash_that_is_none_is_refused(hashed: str) -> None:
    with pytest.raises(ValueError, match="not a broker account"):
        render_password_file([("ag-one", hashed)])


def test_the_hubs_own_account_is_the_same_whoever_renders_it() -> None:
    assert own_broker_account("hub", "one") == own_broker_account("hub", "one")
    assert own_broker_account("hub", "one") != own_broker_account("hub", "two")
