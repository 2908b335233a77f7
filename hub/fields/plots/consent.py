"""Whom a farmer lets look into a plot: city staff and groups. The rules of giving and withdrawing. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from hub.errors import Forbidden
from hub.fields.plots.values import Plot
from hub.registry.people import Actor

__all__ = ["Audience", "Basis", "Change", "Consent", "Share", "decide_consent"]

Audience = Literal["staff", "group"]
Basis = Literal["page", "paper"]
Change = Literal["give", "withdraw"]


@dataclass(frozen=True, slots=True)
class Consent:
    """One time for which somebody might look: city staff, or the group with the id; None: it still holds.

    `basis`: the owner said so here (`page`), or staff wrote down what the owner signed (`paper`).
    """

    audience: Audience
    group_id: str | None
    group_name: str | None
    basis: Basis
    given_at: datetime
    given_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None


@dataclass(frozen=True, slots=True)
class Share:
    """One time for which a single person might look; `withdrawn_at` None: still.

    `given_at` and `given_by` are None where they were not kept yet.
    """

    person_id: str
    given_at: datetime | None
    given_by: str | None
    withdrawn_at: datetime | None
    withdrawn_by: str | None


def decide_consent(
    plot: Plot, history: Sequence[Consent], actor: Actor, audience: Audience, group_id: str | None, *, wanted: bool
) -> Change | None:
    """What has to be written so that the audience may look, or no longer; None when that is so already.

    The owner gives and withdraws. Staff write down either from paper; but not after the owner has withdrawn it here,
    and a group only for a plot into which they may look. Raises Forbidden.
    """
    of_audience = [one for one in history if (one.audience, one.group_id) == (audience, group_id)]
    in_force = any(one.withdrawn_at is None for one in of_audience)
    if plot.owner_id != actor.person_id and not actor.is_staff:
        raise Forbidden("Only the owner says who may look into a plot.")
    if wanted == in_force:
        return None
    if not wanted:
        return "withdraw"
    if plot.owner_id != actor.person_id:
        last = max(of_audience, key=lambda one: one.given_at, default=None)
        if last is not None and last.withdrawn_by == plot.owner_id:
            raise Forbidden("The owner has withdrawn this; only the owner gives it again.")
        if audience == "group" and not plot.open_to_staff:
            raise Forbidden("Only the owner says who may look into this plot.")
    return "give"
