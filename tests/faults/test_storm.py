"""Parts die at random moments and the network is cut: nothing of the agents' record is lost or doubled."""

import random
from pathlib import Path

import pytest

from tests.faults.storm import VICTIMS, Plan, Storm


@pytest.mark.takes(25)
@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(Plan(seed=0, kills_each=1, cut_s=3.0), id="short"),
        pytest.param(
            Plan(seed=0, kills_each=10, cut_s=300.0, gap_s=8.0, settle_s=240.0),
            id="long",
            marks=[pytest.mark.long, pytest.mark.timeout(3600)],
        ),
    ],
)
def test_after_a_storm_everything_recorded_is_stored_once_and_every_firing_has_its_mail(tmp_path: Path, plan: Plan):
    seed = random.SystemRandom().randrange(1_000_000)
    print(f"seed {seed}")
    report = Storm(tmp_path, Plan(**{**vars(plan), "seed": seed})).run()
    assert report.losses == {}
    assert report.kills == dict.fromkeys(VICTIMS, plan.kills_each)
    assert report.firings > 0
    assert report.load_readings > 0
    assert report.agent_readings > 0
