"""People, plans and instants for the tests of alerts."""

from datetime import UTC, datetime, timedelta

from hub.alerts.kinds import KINDS
from hub.alerts.plans import PlanRules, make_plan
from hub.registry.people import Recipient

NOON = datetime(2026, 11, 23, 3, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
RULES = PlanRules(repeat_after_s=900, channels=("mail",))
TWO_CHANNELS = PlanRules(repeat_after_s=900, channels=("line", "mail"))

SATO = Recipient("p-sato", "佐藤 健一", "sato@example.jp", "ja", ("line",))
MORI = Recipient("p-mori", "森 葉子", "mori@example.jp", "ja_Hira", ("line",))
UNREACHABLE = Recipient("p-none", "無 連絡", None, "ja")
STAFF = Recipient("p-staff", "City Staff", "staff@example.jp", "en", ("line",))


def plan(kind="trap_sprung", hunters=(SATO, MORI), staff=(STAFF,), rules=RULES):
    return make_plan(KINDS[kind], hunters, staff, rules)
