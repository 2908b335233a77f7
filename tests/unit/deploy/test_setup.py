"""What set-up decides about a machine from what the machine says."""

from pathlib import Path

import pytest

from deploy.setup.machine import Release, parse_release
from deploy.setup.report import program_of, telling_line
from deploy.setup.timescaledb import Source, choose_mirror, parse_sources, source_line

BOOKWORM = Release(12, "bookworm", 15, has_timescaledb=False)
TRIXIE = Release(13, "trixie", 17, has_timescaledb=True)


@pytest.mark.parametrize(
    ("os_release", "expected"),
    [
        ('NAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n', BOOKWORM),
        ('VERSION_ID="13"\nID=debian\n', TRIXIE),
        ('ID=raspbian\nID_LIKE=debian\nVERSION_ID="12"\n', BOOKWORM),
        ('ID=debian\nVERSION_ID="11"\n', None),
        ('ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n', None),
        ("ID=debian\n", None),  # testing names no version
        ("", None),
    ],
)
def test_a_release_is_told_by_its_own_file(os_release: str, expected: Release | None) -> None:
    assert parse_release(os_release) == expected


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (
            "Reading lists…\nE: Unable to locate package mosquito\nW: something else\n",
            "E: Unable to locate package mosquito",
        ),
        (
            "Collecting x\nERROR: No matching distribution found for x\n\n",
            "ERROR: No matching distribution found for x",
        ),
        ("npm error code EUSAGE\nnpm error the lock differs\n", "npm error the lock differs"),
        ("first\nlast\n\n", "last"),
        ("", "it said nothing"),
    ],
)
def test_the_telling_line_of_a_failure_is_found(output: str, expected: str) -> None:
    assert telling_line(output) == expected


MIRROR = Source("http://mirror.example/debian", "bookworm", "Debian", "main")
SECURITY = Source("http://mirror.example/debian-security", "bookworm-security", "Debian", "main")
PI = Source("http://pi.example/debian", "bookworm", "Raspberry Pi Foundation", "main")
CONTRIB = Source("http://mirror.example/debian", "bookworm", "Debian", "contrib")


def test_the_mirror_is_that_of_the_distribution_itself() -> None:
    assert choose_mirror([PI, SECURITY, CONTRIB, MIRROR], "bookworm") == MIRROR
    assert choose_mirror([PI, SECURITY], "bookworm") is None


def test_sources_are_read_from_apt_s_listing_once_each() -> None:
    listing = "http://m/debian|bookworm|Debian|main\nhttp://m/debian|bookworm|Debian|main\nE: noise\n"
    assert parse_sources(listing) == [Source("http://m/debian", "bookworm", "Debian", "main")]


def test_source_packages_are_asked_for_with_the_distribution_s_own_key() -> None:
    key = Path(__file__)  # any file that is there
    assert source_line(MIRROR, key) == f"deb-src [signed-by={key}] http://mirror.example/debian trixie main\n"
    assert source_line(MIRROR, Path("/nowhere")) == "deb-src http://mirror.example/debian trixie main\n"
    assert "signed-by" not in source_line(Source("http://r", "bookworm", "Raspbian", "main"), key)


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["sudo", "-n", "env", "LC_ALL=C.UTF-8", "apt-get", "install", "x"], "apt-get"),
        (["/usr/bin/cmake", "-S", "."], "cmake"),
    ],
)
def test_a_failure_names_the_program_and_not_how_it_was_called(argv: list[str], expected: str) -> None:
    assert program_of(argv) == expected
