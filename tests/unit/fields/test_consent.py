"""Who gives and withdraws consent, and what goes with a plot."""

from datetime import UTC, datetime

import pytest

from hub.errors import Forbidden
from hub.fields.plots.consent import Consent, decide_consent
from hub.fields.plots.leaving import plan_leaving
from hub.fields.plots.values import NewPlot, Plot, keep_private, keep_unnamed, veil
from hub.registry.people import Actor

NOW = datetime(2026, 11, 23, tzinfo=UTC)
OWNER = Actor("p-owner", "山田", frozenset({"farmer"}))
FRIEND = Actor("p-friend", "鈴木", frozenset({"farmer"}))
STAFF = Actor("p-clerk", "市川", frozenset({"staff"}))


def plot(**changes) -> Plot:
    known = {
        "id": "pl-1",
        "owner_id": "p-owner",
        "owner_name": "山田",
        "name": "上の畑",
        "crop": "梨",
        "planted_on": None,
    }
    known |= {"created_at": NOW, "station_keys": [7, 8], "shared_with": ["p-friend"], "offsets_c": [0.0, -1.5]}
    return Plot(**(known | changes))


def line(audience="staff", group=None, by="p-owner", withdrawn_by=None) -> Consent:
    return Consent(audience, group, None, "page", NOW, by, NOW if withdrawn_by else None, withdrawn_by)


def test_the_owner_gives_and_withdraws_and_nothing_is_written_twice():
    assert decide_consent(plot(), [], OWNER, "staff", None, wanted=True) == "give"
    assert decide_consent(plot(), [line()], OWNER, "staff", None, wanted=True) is None
    assert decide_consent(plot(), [line()], OWNER, "staff", None, wanted=False) == "withdraw"
    assert decide_consent(plot(), [line(withdrawn_by="p-owner")], OWNER, "staff", None, wanted=False) is None
    # what a group may says nothing of staff
    assert decide_consent(plot(), [line("group", "fg-1")], OWNER, "staff", None, wanted=True) == "give"


def test_staff_write_down_what_was_signed_but_never_undo_the_owners_no():
    assert decide_consent(plot(), [], STAFF, "staff", None, wanted=True) == "give"
    assert decide_consent(plot(), [line(withdrawn_by="p-clerk")], STAFF, "staff", None, wanted=True) == "give"
    assert decide_consent(plot(), [line()], STAFF, "staff", None, wanted=False) == "withdraw"
    with pytest.raises(Forbidden):
        decide_consent(plot(), [line(withdrawn_by="p-owner")], STAFF, "staff", None, wanted=True)


def test_staff_open_a_plot_to_a_group_only_where_they_look_themselves():
    assert decide_consent(plot(open_to_staff=True), [], STAFF, "group", "fg-1", wanted=True) == "give"
    with pytest.raises(Forbidden):
        decide_consent(plot(), [], STAFF, "group", "fg-1", wanted=True)


@pytest.mark.parametrize("wanted", [True, False])
def test_nobody_else_says_who_may_look(wanted):
    with pytest.raises(Forbidden):
        decide_consent(plot(), [], FRIEND, "staff", None, wanted=wanted)


def test_a_veiled_plot_tells_its_name_owner_and_stations():
    seen = veil(plot(shape={"type": "Polygon"}, own_crop="梨", crop_id="pear", group_ids=["fg-1"], area_m2=5.0))
    assert (seen.name, seen.owner_name, seen.station_keys, seen.is_open) == ("上の畑", "山田", [7, 8], False)
    assert not any((seen.crop, seen.own_crop, seen.crop_id, seen.shape, seen.area_m2, seen.shared_with, seen.group_ids))
    assert seen.offset_c(8) == 0


def test_a_change_by_who_may_not_look_keeps_what_is_private():
    kept = keep_private(
        NewPlot("p-owner", "新しい名", "稲", device_keys=frozenset({8, 9})), plot(own_crop="梨", is_paddy=True)
    )
    assert (kept.name, kept.device_keys) == ("新しい名", {8, 9})
    assert (kept.crop, kept.shared_with, kept.is_paddy, kept.offsets_c) == ("梨", {"p-friend"}, True, {8: -1.5, 9: 0.0})


def test_a_program_that_does_not_know_a_field_leaves_it():
    new = NewPlot("p-owner", "x", device_keys=frozenset({8}))
    kept = keep_unnamed(new, plot(crop_id="pear", own_base_temperature_c=5.0), {"name", "is_paddy"})
    assert (kept.crop_id, kept.base_temperature_c, kept.offsets_c) == ("pear", 5.0, {8: -1.5})
    assert keep_unnamed(new, plot(crop_id="pear"), {"crop_id"}).crop_id is None


def test_readings_go_with_the_last_plot_of_their_station():
    one, other = plot(), plot(id="pl-2", station_keys=[8, 9])
    assert plan_leaving([one], {7: ["pl-1"], 8: ["pl-1", "pl-2"]}).going_keys == {7}
    assert plan_leaving([one], {7: ["pl-1"], 8: ["pl-1", "pl-2"]}).staying_keys == {8}
    both = plan_leaving([one, other], {7: ["pl-1"], 8: ["pl-1", "pl-2"], 9: ["pl-2", "pl-others"]})
    assert (both.going_keys, both.staying_keys) == ({7, 8}, {9})


def test_the_seal_breaks_when_the_deletion_is_another_one():
    seals = {
        plan_leaving([plot()], {7: ["pl-1"], 8: ["pl-1"]}).seal,
        plan_leaving([plot()], {7: ["pl-1"], 8: ["pl-1", "pl-2"]}).seal,
        plan_leaving([plot(), plot(id="pl-2")], {7: ["pl-1"], 8: ["pl-1"]}).seal,
    }
    assert len(seals) == 3
    assert plan_leaving([plot()], {7: ["pl-1"], 8: ["pl-1"]}).seal in seals
