"""Whoever the database throws out lets the others go first."""

from hub.ingest.store.events import Patience, TryAgain


def test_it_rests_longer_each_time_before_it_begins_again() -> None:
    rests, tries = list[float](), list[int]()

    def act() -> str:
        tries.append(len(tries))
        if len(tries) < 4:
            raise TryAgain
        return "stored"

    assert Patience(rest=rests.append).run(act) == "stored"
    assert len(tries) == 4
    assert [0.05 <= rests[0] <= 0.1, 0.1 <= rests[1] <= 0.2, 0.2 <= rests[2] <= 0.4] == [True] * 3


def test_what_succeeds_at_once_does_not_rest() -> None:
    rests = list[float]()
    assert Patience(rest=rests.append).run(lambda: 1) == 1
    assert rests == []
