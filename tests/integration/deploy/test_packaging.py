"""The programs that package scripts see during set-up leave out starting and enabling our servers, and nothing else."""

import subprocess

import pytest

from tests.architecture.tree import ROOT

FOLDER = ROOT / "deploy/setup/packaging"


def _run(*argv: str) -> int:
    return subprocess.run([str(FOLDER / argv[0]), *argv[1:]], capture_output=True, check=False).returncode


@pytest.mark.parametrize(
    "argv",
    [
        ("pg_createcluster", "-u", "postgres", "--no-status", "15", "main"),
        ("invoke-rc.d", "--skip-systemd-native", "mosquitto", "start"),
        ("invoke-rc.d", "postgresql", "start", "15"),
        ("deb-systemd-invoke", "start", "mosquitto.service"),
        ("deb-systemd-invoke", "start", "postgresql.service"),
    ],
)
def test_our_servers_are_not_started(argv: tuple[str, ...]) -> None:
    assert _run(*argv) == 0


def test_the_broker_s_service_counts_as_disabled() -> None:
    assert _run("deb-systemd-helper", "--quiet", "was-enabled", "mosquitto.service") == 1


@pytest.mark.parametrize("program", ["invoke-rc.d", "deb-systemd-helper", "update-rc.d"])
def test_everything_else_is_passed_on(program: str) -> None:
    real = subprocess.run([program], capture_output=True, check=False)
    ours = subprocess.run([str(FOLDER / program)], capture_output=True, check=False)
    assert (ours.returncode, ours.stdout) == (real.returncode, real.stdout)
    assert ours.returncode != 127
