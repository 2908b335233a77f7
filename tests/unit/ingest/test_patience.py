"""Whoever the database throws out lets the others go first."""

from hub.ingest.store.events import Patience, TryAgain


def test_it_rests_longer_each_time_up_to_a_limit_before_it_begins_again() -> None:
    rests, tries = list[float](), list[int]()

    def act() -> str:
        tries.append(len(tries))
        if len(tries) < 5:
            raise TryAgain
        return "stored"

    assert Patience(rest=rests.append).run(act) == "stored"
    assert len(tries) == 5
    for rest, longest_s in zip(rests, (0.1, 0.2, 0.4, 0.4), strict=True):
        assert longest_s / 2 <= rest <= longest_s


def test_what_succeeds_at_once_does_not_rest() -> None:
    rests = list[float]()
    assert Patience(rest=rests.append).run(lambda: 1) == 1
    assert rests == []
