"""What the answers to an incident come to: whether enough people go, and until when they count. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

__all__ = ["PARTIES", "Answered", "Party", "lacks_second", "latest_eta"]

# Alone; with somebody who need not answer too; alone, and wanting a second person.
Party = Literal["alone", "with", "wants_second"]
PARTIES: tuple[Party, ...] = get_args(Party)


@dataclass(frozen=True, slots=True)
class Answered:
    """One person's answer as far as it is decided upon; `partner_id` only where the partner is known by name."""

    person_id: str
    eta_at: datetime
    party: Party = "alone"
    partner_id: str | None = None


def lacks_second(answers: Collection[Answered], people_wanted: int) -> bool:
    """Whether a second person is to be found: the plan wants two, or one who goes has asked, and one alone goes."""
    if not answers or any(answer.party == "with" for answer in answers) or len(answers) > 1:
        return False
    return people_wanted > 1 or any(answer.party == "wants_second" for answer in answers)


def latest_eta(answers: Collection[Answered]) -> datetime:
    """When the last of those who go means to be there; there is at least one."""
    return max(answer.eta_at for answer in answers)
