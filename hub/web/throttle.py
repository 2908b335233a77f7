"""How often somebody may try: sign-in, enrolment, the API.

Counted in each web process, which is enough to make guessing hopeless.
"""

import ipaddress

from limits import RateLimitItem, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from hub.errors import TooMany

__all__ = ["Throttle"]

# A person who mistypes gets ten tries in five minutes, an address (a school, a carrier's gateway) a hundred.
_SIGN_IN_PERSON = RateLimitItemPerMinute(10, 5, namespace="sign_in")
_SIGN_IN_ADDRESS = RateLimitItemPerMinute(100, 5, namespace="sign_in_address")
# Wrong codes only: a van full of new agents may enrol as fast as it likes. A code has 60 random bits.
_ENROL_ADDRESS = RateLimitItemPerMinute(20, 1, namespace="enrol")
_API_TOKEN = RateLimitItemPerSecond(5000, 10, namespace="api")
# Codes that a LINE account writes and that are none: a person mistypes a few times. A code has 60 random bits.
_LINE_CODE = RateLimitItemPerMinute(10, 10, namespace="line_code")
# Codes and test messages that one person asks for.
_LINKING = RateLimitItemPerMinute(10, 10, namespace="linking")
# Requests with no token or a wrong one, so that guessing tokens costs nobody else anything.
_API_ADDRESS = RateLimitItemPerSecond(2000, 10, namespace="api_address")


class Throttle:
    """The counters of one web process. Thread-safe. Each method raises TooMany with the seconds to wait."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def sign_in(self, address: str, username: str) -> None:
        """Count a try to sign in, before the password is looked at."""
        self._hit(_SIGN_IN_ADDRESS, network_of(address))
        self._hit(_SIGN_IN_PERSON, network_of(address), username.lower()[:64])

    def signed_in(self, address: str, username: str) -> None:
        """The password was right: earlier slips of this person count no more."""
        self._limiter.clear(_SIGN_IN_PERSON, network_of(address), username.lower()[:64])

    def enrol(self, address: str) -> None:
        """Before a code is looked at: refuse an address that sent too many wrong ones."""
        if not self._limiter.test(_ENROL_ADDRESS, network_of(address)):
            raise _wait(_ENROL_ADDRESS)

    def wrong_code(self, address: str) -> None:
        """Count a wrong enrolment code."""
        self._limiter.hit(_ENROL_ADDRESS, network_of(address))

    def line_code(self, user_id: str) -> bool:
        """Count a code that a LINE account wrote; False when it has written too many lately."""
        return self._limiter.hit(_LINE_CODE, user_id)

    def linking(self, person_id: str, what: str) -> None:
        """Count a code to link with, or a test message, that a person asks for."""
        self._hit(_LINKING, person_id, what)

    def api(self, person_id: str) -> None:
        """Count a request to the API with a token."""
        self._hit(_API_TOKEN, person_id)

    def stranger(self, address: str) -> None:
        """Count a request to the API without a token that is known."""
        self._hit(_API_ADDRESS, network_of(address))

    def _hit(self, item: RateLimitItem, *who: str) -> None:
        if not self._limiter.hit(item, *who):
            raise _wait(item)


def _wait(item: RateLimitItem) -> TooMany:
    # A moving window frees its first place within its length; the exact moment would need the clock.
    return TooMany(retry_after_s=min(item.get_expiry(), 60))


def network_of(address: str) -> str:
    """Who an address is for counting: one IPv4 address, or the /64 that one household or carrier has of IPv6."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.IPv6Network((int(parsed) >> 64 << 64, 64)))
    return str(parsed)
