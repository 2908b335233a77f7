"""How many messages of the month are left, and what they are kept for. Pure.

LINE counts a message once for each who receives it; the free plan of a Japanese account has 200 a month.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.alerts.messages import Purpose

__all__ = ["LineState", "Quota", "decide_sending"]


@dataclass(frozen=True, slots=True)
class Quota:
    """Messages of this month: `limit` is None where there is none."""

    limit: int | None
    used: int

    @property
    def rest(self) -> int | None:
        """How many may still be sent; None for any number."""
        return None if self.limit is None else max(0, self.limit - self.used)


@dataclass(frozen=True, slots=True)
class LineState:
    """How the account stands: what is left of the month, or why that is not known."""

    quota: Quota | None
    fault: str | None = None


def decide_sending(purpose: "Purpose", quota: Quota | None, reserve: int) -> bool:
    """Whether a message of this purpose may go out.

    Alarms always may: whether the last one is gone, only the other side knows. Everything else stops as soon as it
    would leave fewer than `reserve` messages for alarms, and while the rest is not known (`quota` None).
    """
    if purpose == "alarm":
        return True
    if quota is None:
        return False
    return quota.rest is None or quota.rest > reserve
