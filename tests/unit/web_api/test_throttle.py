import pytest

from hub.errors import TooMany
from hub.web.throttle import Throttle, network_of


def test_a_person_who_mistypes_ten_times_waits() -> None:
    throttle = Throttle()
    for _ in range(10):
        throttle.sign_in("192.0.2.1", "sato")
    with pytest.raises(TooMany) as refused:
        throttle.sign_in("192.0.2.1", "Sato")
    assert refused.value.retry_after_s > 0
    throttle.sign_in("192.0.2.1", "tanaka")
    throttle.sign_in("192.0.2.2", "sato")


def test_the_right_password_forgets_the_slips() -> None:
    throttle = Throttle()
    for _ in range(30):
        throttle.sign_in("192.0.2.1", "sato")
        throttle.signed_in("192.0.2.1", "sato")


def test_an_address_that_tries_many_names_waits() -> None:
    throttle = Throttle()
    for number in range(100):
        throttle.sign_in("192.0.2.1", f"name-{number}")
    with pytest.raises(TooMany):
        throttle.sign_in("192.0.2.1", "one-more")


def test_wrong_codes_are_counted_and_right_ones_are_not() -> None:
    throttle = Throttle()
    for _ in range(1000):
        throttle.enrol("192.0.2.1")
    for _ in range(20):
        throttle.wrong_code("192.0.2.1")
    with pytest.raises(TooMany):
        throttle.enrol("192.0.2.1")
    throttle.enrol("192.0.2.2")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", "unknown"),
        ("testclient", "unknown"),
    ],
)
def test_one_household_is_one_counter(address: str, network: str) -> None:
    assert network_of(address) == network
