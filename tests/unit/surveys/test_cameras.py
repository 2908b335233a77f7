import pytest

from hub.errors import Invalid
from hub.surveys.cameras import CAMERAS, camera_named, height_m, spacing_m


def test_the_spacing_leaves_the_overlap_of_the_footprint() -> None:
    phantom = camera_named("dji-phantom-4-rtk")
    assert spacing_m(phantom, gsd_cm=2, side_overlap=0.7) == pytest.approx(0.02 * 5472 * 0.3)


def test_the_makers_own_figure_for_height_and_resolution_is_met() -> None:
    """The Phantom 4 RTK's data sheet: a pixel shows H/36.5 cm at H metres."""
    assert height_m(camera_named("dji-phantom-4-rtk"), gsd_cm=100 / 36.5) == pytest.approx(100, rel=0.01)


def test_each_camera_has_figures_that_can_be() -> None:
    assert all(height_m(camera, 2) > 20 and spacing_m(camera, 2) > 10 for camera in CAMERAS.values())


def test_an_unknown_camera_is_refused_with_those_there_are() -> None:
    with pytest.raises(Invalid, match="there are dji-mavic-3e, dji-phantom-4-rtk"):
        camera_named("box brownie")
