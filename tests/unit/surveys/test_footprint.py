"""What paths see is measured straight by straight."""

from itertools import pairwise

import pytest
import shapely

from hub.surveys.routes import footprint

# a path to and fro whose last turn crosses its lines: GEOS 3.14 buffers it, as a whole, to 6 % more than it sees
CROSSING = [
    (251, 109), (109, 354), (76, 350), (246, 56), (242, 3), (44, 347), (12, 343), (238, -50), (234, -103), (-21, 339),
    (-53, 335), (230, -156), (226, -209), (-86, 331), (-118, 327), (222, -262), (208, -298), (-150, 323), (-183, 320),
    (194, -333), (179, -368), (-215, 316), (-248, 312), (165, -403), (-6, -166), (-280, 308),
]  # fmt: skip


def test_what_a_path_that_crosses_itself_sees_is_what_lies_near_its_straights() -> None:
    places = shapely.points([(x, y) for x in range(-300, 280, 7) for y in range(-420, 380, 7)])
    straights = shapely.linestrings(list(pairwise(CROSSING)))
    near = int((shapely.distance(straights[:, None], places[None, :]).min(axis=0) < 15).sum())
    inside = int(shapely.contains(footprint([CROSSING], 30.0), places).sum())
    # half a disc beyond each end of the path is near, and not seen: 707 m², a place each 49 m²
    assert 0 <= near - inside <= 24


def test_straights_end_flat_and_corners_see_a_disc() -> None:
    assert footprint([[(0, 0), (100, 0)]], 30.0).area == pytest.approx(3_000)
    bent = footprint([[(0, 0), (100, 0), (100, 100)]], 30.0)
    assert bent.area == pytest.approx(6_000 - 225 + 225 * 3.1415 / 4, rel=1e-3)
