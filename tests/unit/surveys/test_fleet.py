import math

import pytest

from hub.errors import Invalid
from hub.surveys.fleet import DroneSpec


def test_a_battery_is_seconds_or_energy_over_power() -> None:
    assert DroneSpec("a", endurance_s=1_200, reserve=0.25).usable_s == pytest.approx(900)
    assert DroneSpec("a", battery_wh=100, power_w=300, reserve=0.5).usable_s == pytest.approx(600)
    assert DroneSpec("a").usable_s == math.inf


def test_take_off_and_landing_take_their_time() -> None:
    assert DroneSpec("a", climb_mps=3, descend_mps=2).lift_s(60) == pytest.approx(20 + 30)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"speed_mps": 0}, "speed"),
        ({"endurance_s": math.nan}, "endurance"),
        ({"reserve": 1}, "reserve"),
        ({"battery_wh": 90}, "needs the power"),
        ({"home": (91, 0)}, "latitude"),
        ({"climb_mps": -1}, "climb"),
    ],
)
def test_a_drone_that_cannot_be_is_refused_in_one_line(changes: dict[str, float], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        DroneSpec("a", **changes)  # type: ignore[arg-type]
