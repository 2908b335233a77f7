"""Points, bounty, catches and effort for the small town, and their pages."""

from datetime import timedelta

from hub import clock
from hub.traps.points.ledger import Award, Bounty, Programme, month_of
from tests.website import Website

PAGES_OF_POINTS = (
    *("my points", "points", "points in the ledger", "points of people", "programmes of points", "bounty", "months"),
    *("statistics", "when a trap stood", "open data"),
)


def fill_points(site: Website) -> dict[str, tuple[str | None, str]]:
    """A ledger with an award, a reversal and one that waits; catches over some months; the pages by name."""
    entry = _fill_ledgers(site)
    fill_catches(site)
    return {
        "my points": ("ishii", "/points"),
        "points": ("office", "/staff/points"),
        "points in the ledger": ("office", f"/staff/points/entries/points/{entry}"),
        "points of people": ("office", "/staff/points/people"),
        "programmes of points": ("office", "/staff/points/programmes"),
        "bounty": ("office", "/staff/points/bounty"),
        "months": ("office", "/staff/points/months"),
        "statistics": ("office", "/staff/statistics"),
        "when a trap stood": ("office", "/staff/statistics/traps/trap-1"),
        "open data": (None, "/opendata"),
    }


def _fill_ledgers(site: Website) -> int:
    now, office, hunter = clock.now(), site.actor("office"), site.people["ishii"]
    points, today = site.services.points, clock.now().date()
    with site.database.transaction() as conn:
        points.save_ref(conn, office, hunter, "K-0017", now)
        for code, name, amount, four_eyes in (
            ("patrol", "見回りの協力", 100, False), ("clearing", "やぶの刈り払い", 500, True),
        ):  # fmt: skip
            words = {"ja": name, "en": name, "ja_Hira": name}
            rule = Programme(
                0, code, words, amount, four_eyes, 3000, 20000, 4, today - timedelta(days=400), None, "要綱"
            )
            points.add_programme(conn, office, rule, now)
        entries = [
            points.award(conn, office, Award(f"k-{n}", "patrol", hunter, day, "早朝の見回り", f"v-{n}"), now).entry
            for n, day in enumerate(today - timedelta(days=days) for days in (40, 12, 3))
        ]
        points.award(conn, office, Award("k-9", "clearing", hunter, today, "下郡の刈り払い", "紙-12"), now)
        assert entries[0] is not None
        assert entries[2] is not None
        points.close_month(conn, office, "points", month_of(today - timedelta(days=35)), now)
        points.reverse(conn, office, entries[0].id, "二重の申請", now)
        bounty = Bounty("cl-sample", "pest_control", hunter, today, 8000, "2026-0001", None, office.person_id)
        points.pay_bounty(conn, bounty, now)
    return entries[2].id


def fill_catches(site: Website, traps: tuple[str, ...] = ("trap-1", "trap-5")) -> None:
    """Reports of boar and deer over the months, as they are filed."""
    now = clock.now()
    with site.database.transaction() as conn:
        conn.execute(
            "insert into trap_history (device_key, recorded_at, since_at, state)"
            " select device_key, %(at)s, %(at)s, 'armed' from trap",
            {"at": now - timedelta(days=240)},
        )
        number = 0
        for months in range(8):
            for head in range(1 + months % 4):
                number += 1
                key, at = site.devices[traps[number % len(traps)]].key, now - timedelta(days=31 * months + head)
                conn.execute(
                    "insert into report (id, device_key, person_id, typed_by, outcome, found_at, received_at, lat, lon)"
                    " values (%s, %s, %s, %s, 'captured', %s, %s, %s, 139.92)",
                    (
                        f"r-st{number}",
                        key,
                        site.people["ishii"],
                        site.people["ishii"],
                        at,
                        at,
                        35.31 + 0.05 * (number % 3),
                    ),
                )
                conn.execute(
                    "insert into animal (id, report_id, branch, species, sex, age_national, created_at)"
                    " values (%s, %s, 1, %s, %s, 'adult', %s)",
                    (f"st-{number}", f"r-st{number}", "deer" if number % 4 == 0 else "boar",
                     "female" if number % 2 else "male", at),
                )  # fmt: skip
