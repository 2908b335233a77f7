"""A notice says on which ground and when: of this plan, and not of what was before."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.surveys.limits import Ground
from hub.surveys.notice import notice_of
from hub.surveys.values import Plan, Survey

NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)
BEFORE = NOW - timedelta(days=2)


def _survey(state: str, launched_at: datetime | None = BEFORE) -> Survey:
    return Survey("sv-1", "川", state, False, 2, "anna", BEFORE, "anna", launched_at, NOW)


def _plan() -> Plan:
    path = {"type": "LineString", "coordinates": [[139.95, 35.37, 60.0], [139.96, 35.37, 60.0]]}
    document = {"sorties": [{"drone": "drone-1", "path": path}], "makespan_s": 100.0, "finishes_at_s": 160.0}
    return Plan("sv-1", 2, {}, document, None, "anna", NOW)


def _ground(name: str, until: datetime | None = None) -> Ground:
    return Ground("permit", name, "捜索", None, (), None, until, None, BEFORE, "anna")


@pytest.mark.parametrize("state", ["planned", "approved"])
def test_a_launch_of_an_earlier_plan_is_none_of_this_one(state: str) -> None:
    assert notice_of(_survey(state), _plan(), [], [], NOW).first_at == NOW
    assert notice_of(_survey("flying"), _plan(), [], [], NOW).first_at == BEFORE
    assert notice_of(_survey("approved", None), _plan(), [], [], NOW).first_at == NOW


def test_it_lasts_until_the_last_drone_has_landed() -> None:
    notice = notice_of(_survey("approved"), _plan(), [], [], NOW)
    assert notice.last_at - notice.first_at == timedelta(seconds=160)


def test_only_a_ground_that_holds_is_told() -> None:
    holds, over = _ground("県"), _ground("市", NOW - timedelta(hours=1))
    assert notice_of(_survey("approved"), _plan(), [holds, over], [], NOW).requester == "県"
    assert notice_of(_survey("approved"), _plan(), [over], [], NOW).requester is None
    # While it flew it held.
    assert notice_of(_survey("done"), _plan(), [over], [], NOW).requester == "市"
