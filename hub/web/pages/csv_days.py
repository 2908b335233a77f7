"""From which day to which a file of readings goes: what was asked, and what is wrong with it beside its field."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fastapi import Response

from hub.texts import msgid, nmsgid
from hub.web.pages.forms import Filled
from hub.web.pages.page import Page

__all__ = ["Days", "read_days", "show_form"]


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days of the town's calendar, both ends within; the instants at which they begin and end."""

    first: date
    last: date
    since: datetime
    until: datetime


def read_days(form: Filled, zone: ZoneInfo, today: date, longest: timedelta) -> Days | None:
    """The days that a form asks for, today where it says nothing; None, with a fault noted, where they cannot be."""
    first, last = form.day("first") or today, form.day("last") or today
    if first > last:
        form.fault("last", msgid("The last day must not be before the first."))
    elif last - first >= longest:
        form.fault_of("last", longest.days, nmsgid("At most %(n)s day at once.", "At most %(n)s days at once."))
    if form.errors:
        return None
    since = datetime.combine(first, time(), zone).astimezone(UTC)
    return Days(first, last, since, datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC))


def show_form(
    page: Page, form: Filled, whose: str, home: str, days: tuple[date, date], steps: Mapping[str, str]
) -> Response:
    """The form for a file of `whose` (a name), whose page is `home`.

    `steps` (value and message id) are how finely it can be; `days` stand in it where nothing was typed.
    """
    return page.render(
        "csv_save.html",
        422 if form.errors else 200,
        form=form,
        whose=whose,
        home=home,
        first=days[0],
        last=days[1],
        steps=steps,
    )
