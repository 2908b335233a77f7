"""Matters of the field: told once to the plot's farmers, held in quiet hours, never at an alarm's cost."""

from datetime import UTC, datetime

import psycopg
import pytest

from hub.alerts.matters import end_matter, forget_plot
from hub.alerts.plans import QuietHours
from hub.alerts.views import NewIncident
from hub.errors import Conflict
from hub.fields import service as fields
from hub.fields.plots import NewPlot
from hub.fields.thresholds.readers import save_told
from tests.integration.alerts.town import DAY, HOUR, MINUTE, OFFICE, Town, at_work, execute, wait_until

DRY = {"ja": "土の水分が 20 % より少ない状態が 2 時間続いています", "en": "soil moisture under 20 % for 2 h"}
NIGHT = QuietHours(21 * 60, 6 * 60, "Asia/Tokyo")


def plot_of(town: Town, owner: str, *shared: str) -> str:
    with town.database.transaction() as conn:
        new = NewPlot(owner, "上の畑", shared_with=frozenset(shared))
        return fields.create_plot(conn, OFFICE, new, town.clock.now)


def open_matter(town: Town, plot: str, matter: str = "w-1", **more: object) -> str:
    now = town.clock.now
    new = NewIncident("field_threshold", None, None, now, plot_id=plot, matter=matter, words=DRY, **more)
    with town.database.transaction() as conn:
        return town.alerts.open_incident(conn, new, now)


def test_the_owner_and_whoever_wants_to_are_told_once_and_nobody_else(town: Town) -> None:
    town.person("staff", "staff")
    town.person("hunter")
    owner, wants, not_asked = (town.person(name, "farmer") for name in ("owner", "wants", "notasked"))
    plot = plot_of(town, owner, wants, not_asked)
    with town.database.transaction() as conn:
        save_told(conn, plot, wants, wanted=True)
    open_matter(town, plot)

    with at_work(town.worker()):
        wait_until(lambda: len(town.post.mails) == 2, "both mails")
        for _ in range(5):
            town.turn(DAY)
        town.look()
    assert town.post.addressees() == {"owner@example.jp": 1, "wants@example.jp": 1}
    assert DRY["ja"] in town.post.subjects()[0]


def test_where_it_is_wanted_it_is_told_again(town: Town) -> None:
    incident = open_matter(town, plot_of(town, town.person("owner", "farmer")), repeat_after_s=6 * 3600)
    town.look()
    town.clock.turn(7 * HOUR)
    execute(town.settings.database_url, "update delivery set state = 'sent', sent_at = now()")
    town.look()
    assert [delivery.step for delivery in town.page(incident).deliveries] == [0, 1]


def test_quiet_hours_hold_it_back_to_their_end_and_what_is_over_then_is_not_told(town: Town) -> None:
    town.clock.now = datetime(2026, 11, 23, 14, tzinfo=UTC)  # 23:00 in town
    plot = plot_of(town, town.person("owner", "farmer"))
    dry, over = (open_matter(town, plot, matter, quiet_hours=NIGHT) for matter in ("w-dry", "w-over"))
    town.look()
    assert town.page(dry).incident.waits_for == "quiet_hours"
    town.clock.turn(6 * HOUR + 59 * MINUTE)
    town.look()
    assert not town.deliveries(dry)
    with town.database.transaction() as conn:
        end_matter(
            conn, NewIncident("field_threshold", None, None, town.clock.now, plot_id=plot, matter="w-over"),
            "value_recovered", town.clock.now,
        )  # fmt: skip
    town.clock.turn(MINUTE)
    town.look()
    assert town.deliveries(dry) == {"due": 1}
    assert not town.deliveries(over)


def test_a_burst_from_the_field_leaves_the_alarms_pace_alone(database_url, post) -> None:
    town = Town(database_url, post, alarm_burst=2, alarm_every_s=3600, alarm_gather_s=1)
    both = town.person("both")
    execute(database_url, "insert into person_role (person_id, role) values (%s, 'farmer')", both)
    plot = plot_of(town, both)
    with at_work(town.worker()):
        for number in range(1, 4):
            open_matter(town, plot, f"w-{number}")
            wait_until(lambda n=number: len(town.post.mails) == n and town.is_written_down(), "the field's mail")
            town.turn(10 * MINUTE)
        town.fires(town.trap())
        town.turn(0 * MINUTE)
        wait_until(lambda: any("罠が作動" in subject for subject in town.post.subjects()), "the trap's mail")
    alarm = next(
        str(mail.get_body(("plain",)).get_content()) for mail in post.mails if "罠が作動" in str(mail["Subject"])
    )
    assert "土の水分" not in alarm
    town.close()


def test_two_matters_of_a_plot_are_two_incidents_and_the_same_again_is_one(town: Town) -> None:
    plot = plot_of(town, town.person("owner", "farmer"))
    assert open_matter(town, plot) == open_matter(town, plot) != open_matter(town, plot, "w-2")
    incident = open_matter(town, plot)
    with pytest.raises(psycopg.errors.UniqueViolation):
        _twin(town, incident)


def _twin(town: Town, incident: str) -> None:
    execute(
        town.settings.database_url,
        "insert into incident (id, kind, plot_id, matter, occurred_at, opened_at, plan, next_due_at, due_set_at,"
        " acute_until) select 'i-twin', kind, plot_id, matter, occurred_at, opened_at, plan, next_due_at, due_set_at,"
        " acute_until from incident where id = %s",
        incident,
    )


def test_it_is_settled_by_having_been_seen_and_not_by_what_traps_are_settled_with(town: Town) -> None:
    owner = town.person("owner", "farmer")
    incident = open_matter(town, plot_of(town, owner))
    with town.database.transaction() as conn, pytest.raises(Conflict):
        town.alerts.resolve(conn, incident, owner, "captured", None, town.clock.now)
    with town.database.transaction() as conn:
        view = town.alerts.resolve(conn, incident, owner, "seen", "水をやった", town.clock.now)
    assert (view.state, view.outcome, view.note) == ("resolved", "seen", "水をやった")


def test_what_became_of_it_is_noted_even_when_it_was_settled(town: Town) -> None:
    owner = town.person("owner", "farmer")
    plot = plot_of(town, owner)
    incident = open_matter(town, plot)
    about = NewIncident("field_threshold", None, None, town.clock.now, plot_id=plot, matter="w-1")
    with town.database.transaction() as conn:
        town.alerts.resolve(conn, incident, owner, "seen", None, town.clock.now)
        assert end_matter(conn, about, "night_over", town.clock.now, {"ja": "最低 -1.2 ℃"}) == incident
    view = town.page(incident).incident
    assert (view.outcome, view.said("ja", "after"), view.said("ja")) == ("seen", "最低 -1.2 ℃", DRY["ja"])


def test_a_plot_that_goes_leaves_no_word_behind(town: Town) -> None:
    owner = town.person("owner", "farmer")
    plot = plot_of(town, owner)
    settled, left = open_matter(town, plot), open_matter(town, plot, "w-2")
    with town.database.transaction() as conn:
        town.alerts.resolve(conn, settled, owner, "done", "種をまき直した", town.clock.now)
        forget_plot(conn, plot, town.clock.now)
        conn.execute("delete from plot_share where plot_id = %s", (plot,))
        conn.execute("delete from plot where id = %s", (plot,))
    for incident in (settled, left):
        page = town.page(incident)
        assert (page.incident.state, page.incident.plot_id, page.incident.detail) == ("resolved", None, {})
        assert "土の水分" not in str(page)
        assert "種をまき" not in str(page)
