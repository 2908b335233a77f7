from itertools import product

import pytest

from hub.errors import Conflict, Forbidden, Invalid
from hub.traps.captures.claims import TABLE, WAITING, Standing, decide_claim

FILED = Standing("filed", "hunter", "hunter")


def step(standing: Standing, act: str, who: str = "staff", words: str | None = "why", four_eyes: bool = False):
    return decide_claim(standing, act, who, words, four_eyes=four_eyes)


def test_one_pair_of_eyes_approves() -> None:
    after, entry = step(FILED, "approve")
    assert (after.state, entry) == ("approved", "approved")


def test_four_eyes_are_two_people() -> None:
    seconded, entry = step(FILED, "approve", "first", four_eyes=True)
    assert (seconded.state, entry) == ("filed", "seconded")
    with pytest.raises(Forbidden):
        step(seconded, "approve", "first", four_eyes=True)
    assert step(seconded, "approve", "second", four_eyes=True)[0].state == "approved"


@pytest.mark.parametrize("act", ["correct", "ask"])
def test_a_correction_takes_the_seconding_back(act: str) -> None:
    seconded, _ = step(FILED, "approve", "first", four_eyes=True)
    assert step(seconded, act, "second")[0].seconded_by is None


@pytest.mark.parametrize("act", ["approve", "refuse", "ask"])
def test_nobody_decides_about_an_own_animal(act: str) -> None:
    with pytest.raises(Forbidden):
        step(FILED, act, "hunter")


@pytest.mark.parametrize(("act", "words"), list(product(["refuse", "ask"], [None, "", "  "])))
def test_to_refuse_and_to_ask_needs_words(act: str, words: str | None) -> None:
    with pytest.raises(Invalid):
        step(FILED, act, words=words)


def test_asked_and_answered() -> None:
    asked, _ = step(FILED, "ask")
    assert asked.state == "asked"
    assert step(asked, "answer", "hunter")[0].state == "filed"


def test_what_is_settled_stays() -> None:
    for state, act in product(("approved", "refused", "withdrawn"), ("approve", "refuse", "ask", "answer", "withdraw")):
        with pytest.raises(Conflict):
            step(Standing(state, "hunter", "hunter"), act)


def test_every_waiting_claim_can_be_decided() -> None:
    for state, act in product(WAITING, ("approve", "refuse", "ask", "correct", "withdraw")):
        assert (state, act) in TABLE
