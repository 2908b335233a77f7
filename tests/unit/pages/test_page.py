import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.registry.people import Actor
from hub.web.pages.page import home_of, local_path, navigation


@pytest.mark.parametrize("path", ["/traps", "/incidents/i-1?done=going", "/stations/a?to=1&span=day"])
def test_a_path_of_ours_is_kept(path):
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path", ["", "traps", "//evil.example", "/\\evil.example", "https://evil.example", "/a\nb", "/" * 600]
)
def test_a_form_sends_nobody_elsewhere(path):
    assert local_path(path) is None


@given(st.text(max_size=80))
def test_whatever_is_kept_stays_on_this_site(path):
    kept = local_path(path)
    assert kept is None or (kept.startswith("/") and not kept.startswith("//") and "\n" not in kept)


@pytest.mark.parametrize(
    ("roles", "home"),
    [
        ({"hunter"}, "/traps"),
        ({"farmer"}, "/plots"),
        ({"hunter", "farmer"}, "/traps"),
        ({"staff"}, "/incidents"),
        ({"responder"}, "/surveys"),
        ({"partner"}, "/surveys"),
    ],
)
def test_each_role_has_its_home(roles, home):
    assert home_of(Actor("p-1", "x", frozenset(roles))) == home


def test_nobody_is_shown_pages_that_would_refuse():
    assert navigation(None) == ()
    assert all(
        not path.startswith("/staff") for path, _ in navigation(Actor("p-1", "x", frozenset({"hunter", "farmer"})))
    )
