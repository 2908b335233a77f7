"""Kill -9 of the agent in flight: the next one finds the drone, tells it, obeys stops, and does no order twice."""

import subprocess
import sys
from pathlib import Path

from tests.integration.edge.parts import KillableBroker
from tests.integration.flight.parts import Town, copter, flies_on_alone, long_lawn
from tests.servers import wait_until

ROOT = Path(__file__).parents[3]


def start_victim(folder: Path, port: int, url: str, town: Town) -> subprocess.Popen[str]:
    victim = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.flight.victim", str(folder), str(port), url, town.command_key],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert victim.stdout is not None
    assert victim.stdout.readline() == "ready\n"
    return victim


def end(victim: subprocess.Popen[str]) -> None:
    victim.kill()
    victim.wait()
    assert victim.stdout is not None
    victim.stdout.close()


def test_an_agent_killed_in_flight_finds_its_drone_again(tmp_path: Path, killable: KillableBroker, town: Town) -> None:
    with copter() as vehicles:
        url = vehicles.urls[0]
        victim = start_victim(tmp_path, killable.port, url, town)
        town.do("prepare", mission=long_lawn())
        flies_on_alone(vehicles)
        fly = town.order("fly")
        town.send(town.signed(fly))
        wait_until(lambda: len(town.photos()) >= 2, "no photos")
        hold = town.signed(town.order("hold"))
        town.send(hold)
        town.wait_for_phase("held")
        end(victim)
        before = town.photos()[-1]["number"]
        victim = start_victim(tmp_path, killable.port, url, town)
        wait_until(lambda: town.phases()[-2:] == ["unknown", "held"], "it does not find its drone")
        assert (town.moments()[-1]["survey"], town.moments()[-1]["sortie"]) == ("sv-1", "st-1")
        # What was done before is answered, and not done again.
        answers = len(town.hub.of("reply"))
        town.send(town.signed(fly))
        wait_until(lambda: len(town.hub.of("reply")) > answers, "an order that came again is not answered")
        assert town.answers(fly.id) == [("accepted", None), ("done", None)]
        town.do("resume")
        town.wait_for_phase("surveying")
        town.send(hold)
        wait_until(lambda: len({photo["number"] for photo in town.photos()}) > before, "no photos after resuming")
        assert vehicles.status()["mode"] != "BRAKE", "a stop that was done once is not done again"
        town.do("land")
        town.wait_for_phase("landed")
        end(victim)
        numbers = [photo["number"] for photo in town.photos()]
        assert len(set(numbers)) == len(numbers)
        assert max(numbers) <= vehicles.status()["photos"]
        assert not vehicles.status()["armed"]
