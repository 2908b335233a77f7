"""A hunter's own points and bounty."""

from fastapi import APIRouter, Response

from hub.traps.points.ledger import Programme
from hub.web.pages.page import HuntersPage, Page

__all__ = ["programme_names", "router"]

router = APIRouter()
_SHOWN = 100


@router.get("/points")
def my_points(page: HuntersPage) -> Response:
    """Balance and entries, the newest first. Nobody else's, for staff neither: theirs is the office's page."""
    person, points = page.actor.person_id, page.services.points
    with page.services.database.transaction() as conn:
        return page.render(
            "points.html",
            balance=points.balance(conn, "points", person),
            entries=points.fetch_entries(conn, "points", person, limit=_SHOWN),
            bounty=points.fetch_entries(conn, "bounty", person, limit=_SHOWN),
            bounty_total=points.balance(conn, "bounty", person),
            programmes=programme_names(page, points.fetch_programmes(conn)),
        )


def programme_names(page: Page, rules: list[Programme]) -> dict[str, str]:
    """The newest name of each programme in the page's language, in Japanese where the town gave no other."""
    names: dict[str, str] = {}
    for rule in rules:
        names.setdefault(rule.code, rule.words.get(page.locale) or rule.words.get("ja", rule.code))
    return names
