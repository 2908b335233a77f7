"""Command lines and orders of the simulated vehicles."""

import json

import pytest

from simulators.errors import Unsuitable
from simulators.vehicle.options import (
    DEFAULT_HOME,
    Options,
    parse_endpoint,
    parse_place,
    parse_timed,
    parse_wind,
    specs,
)
from simulators.vehicle.orders import LinkFaults, Order, Radio, Target, carry_out, parse_order
from simulators.vehicle.values import Place
from simulators.vehicle.wind import Air, Wind, blow
from tests.copter import Desk


def test_a_place_with_two_three_and_four_numbers():
    assert parse_place("-35.36,149.16") == Place(-35.36, 149.16)
    assert parse_place("35.376,139.921,12") == Place(35.376, 139.921, 12)
    assert parse_place(DEFAULT_HOME) == Place(-35.363261, 149.165230, 584, 353)


@pytest.mark.parametrize("text", ["", "35", "35,", "a,b", "91,0", "35,181", "nan,3", "35,139,1,2,3", "inf,0"])
def test_what_is_no_place_is_one_clear_error(text):
    with pytest.raises(Unsuitable):
        parse_place(text)


@pytest.mark.parametrize("text", ["", "tcp:127.0.0.1", "tcp:127.0.0.1:99999", "serial:/dev/tty:1", "tcp:a b:1"])
def test_what_is_no_endpoint_is_one_clear_error(text):
    with pytest.raises(Unsuitable):
        parse_endpoint(text)


@pytest.mark.parametrize("text", ["", "6", "61,0", "6,0,-1", "6,0,1,2", "-1,3", "x,y"])
def test_what_is_no_wind_is_one_clear_error(text):
    with pytest.raises(Unsuitable):
        parse_wind(text)


def test_several_vehicles_have_their_own_port_number_and_place():
    made = specs(Options(count=3, system=4))
    assert [(str(spec.endpoint), spec.config.system_id) for spec in made] == [
        ("tcp:127.0.0.1:5760", 4), ("tcp:127.0.0.1:5761", 5), ("tcp:127.0.0.1:5762", 6),
    ]  # fmt: skip
    assert len({spec.config.place.lon for spec in made}) == 3
    assert [spec.endpoint.port for spec in specs(Options(["tcp:127.0.0.1:0"], count=2))] == [0, 0]
    assert len(specs(Options(["tcp:127.0.0.1:1", "udpout:127.0.0.1:2"], ["35,139", "36,139"]))) == 2


@pytest.mark.parametrize(
    "options",
    [
        Options(["tcp:127.0.0.1:65535"], count=2),
        Options(["tcp:127.0.0.1:1", "tcp:127.0.0.1:2"], count=3),
        Options(home=["35,139", "36,139"]),
        Options(count=10, system=250),
        Options(at=["soon reboot"]),
        Options(at=["5 dance"]),
    ],
)
def test_options_that_do_not_fit_are_one_clear_error(options):
    with pytest.raises(Unsuitable):
        specs(options)


def test_an_order_goes_to_the_vehicle_it_names_or_to_all():
    made = specs(Options(count=2, at=["60 2 link cut 10", "90.5 battery 25"]))
    assert [[at_s for at_s, _ in spec.orders] for spec in made] == [[90.5], [60.0, 90.5]]
    assert parse_timed("60 2 link cut 10") == (60.0, Order(("link", "cut", "10"), 2))
    assert parse_order("all wind 8 270 3").vehicle is None


@pytest.mark.parametrize(
    "line",
    [
        *("", "   ", "fly", "link", "link jump", "link cut soon", "loss", "loss 2", "loss -1", "loss nan", "battery"),
        *(
            "battery 101",
            "battery sag",
            "battery sag x",
            "battery swap 3",
            "gps",
            "gps gone",
            "gps noise",
            "gps back 3",
        ),
        *("wind", "wind 8", "wind 99 0", "wind 8 0 0 0", "reboot now", "status 3", "3", "2 2 reboot"),
    ],
)
def test_what_is_no_order_is_one_clear_error(line):
    with pytest.raises(Unsuitable):
        parse_order(line)


def act(desk: Desk, radio: Radio, line: str) -> Target:
    target = Target(desk.autopilot, radio, desk.wall_s, [])
    assert carry_out(parse_order(line), target) == "ok"
    return target


def test_orders_reach_the_radio_the_weather_and_the_receiver():
    desk, radio = Desk().ready(), Radio(LinkFaults(), 1)
    act(desk, radio, "loss 0.25")
    act(desk, radio, "duplicate 0.5")
    act(desk, radio, "link cut 10")
    assert radio.faults == LinkFaults(0.25, 0.5, desk.wall_s + 10)
    act(desk, radio, "link restore")
    assert radio.copies(desk.wall_s) in (0, 1, 2)
    assert act(desk, radio, "link close").close
    act(desk, radio, "wind 8 270 3")
    assert desk.copter.wind == Wind(8, 270, 3)
    act(desk, radio, "gps noise 2.5")
    assert desk.copter.gps_quality.noise_m == 2.5
    act(desk, radio, "say 罠 hello")
    assert desk.copter.out[-1].message.text("text") == "? hello"
    status = json.loads(carry_out(parse_order("status"), Target(desk.autopilot, radio, 0.0, [])))
    assert (status["mode"], status["armed"]) == ("STABILIZE", False)


def test_a_battery_is_not_swapped_while_the_motors_run():
    desk = Desk().hover(5)
    assert carry_out(parse_order("battery swap"), Target(desk.autopilot, Radio(LinkFaults(), 1), 0.0, [])).startswith(
        "error"
    )


def test_the_radio_loses_and_doubles_as_many_as_it_is_told_the_same_ones_for_a_seed():
    counts = [Radio(LinkFaults(0.2, 0.1), 7).copies(0.0) for _ in range(3)]
    assert len(set(counts)) == 1
    radio = Radio(LinkFaults(0.2, 0.1), 7)
    copies = [radio.copies(0.0) for _ in range(5000)]
    assert copies.count(0) / 5000 == pytest.approx(0.2, abs=0.02)
    assert copies.count(2) / 5000 == pytest.approx(0.08, abs=0.015)
    radio.faults = LinkFaults(silent_until_s=5.0)
    assert (radio.copies(4.9), radio.copies(5.0)) == (0, 1)


def test_gusts_have_the_spread_that_was_asked_for_and_the_wind_its_direction():
    desk = Desk()
    air, gusts = Air(), []
    for _ in range(4000):
        air = blow(air, Wind(6, 270, 2), 1.0, desk.copter.chance)
        gusts.append(air.gust_north)
    assert air.east == pytest.approx(6)
    assert abs(air.north) < 1e-9
    assert (sum(gust * gust for gust in gusts) / len(gusts)) ** 0.5 == pytest.approx(2, abs=0.25)
    assert blow(air, Wind(6, 270), 1.0, desk.copter.chance).from_deg == pytest.approx(270)
