from hub.registry.devices import is_id
from hub.registry.people import Actor, scope_of


def _actor(*roles: str, teams: tuple[str, ...] = ()) -> Actor:
    return Actor("p-1", "Someone", frozenset(roles), "ja", frozenset(teams))


def test_staff_have_every_role_and_see_everything() -> None:
    assert _actor("staff").has("hunter", "farmer")
    assert scope_of(_actor("staff")).everything


def test_a_hunter_sees_traps_of_the_own_teams_only() -> None:
    scope = scope_of(_actor("hunter", teams=("t-2", "t-1")))
    assert (scope.everything, scope.traps, scope.plots, scope.teams) == (False, True, False, ("t-1", "t-2"))


def test_a_responder_and_a_partner_see_no_trap_and_no_field() -> None:
    for role in ("responder", "partner"):
        scope = scope_of(_actor(role))
        assert not (scope.everything)
        assert not (scope.traps)
        assert not (scope.plots)


def test_a_role_is_not_another() -> None:
    assert not _actor("farmer").has("hunter", "staff")


def test_ids_are_what_topics_allow() -> None:
    assert is_id("trap-12")
    assert not any(is_id(text) for text in ("", "-", "Trap", "a/b", "a\x00", "a" * 64, "a\n"))
