"""The command line `wanamori-hub` as its user meets it: help everywhere, one line for what is wrong."""

import os
import signal
import subprocess
import sys

import pytest

from tests.local_service import PROJECT
from tests.servers import free_port

COMMANDS = ("local", "web", "ingest", "worker", "accounts", "migrate")

# numpy's way of being interrupted: it prints what it met, and fails to be imported.
TOLD_AS_IT_BEGINS = """
import signal, sys
# as a terminal starts it, whatever the tests were started by: what runs in a shell's background hears no Ctrl-C
signal.signal(signal.SIGINT, signal.default_int_handler)
from hub.__main__ import main

class Interrupted:
    def find_spec(self, name, path, target=None):
        if name == "hub.config":
            try:
                signal.raise_signal(signal.SIGINT)
            except KeyboardInterrupt:
                raise ImportError("numpy failed to import") from None

sys.meta_path.insert(0, Interrupted())
sys.argv = ["wanamori-hub", "migrate"]
main()
"""


def wanamori_hub(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WANAMORI_")}
    return subprocess.run(
        [sys.executable, "-m", "hub", *arguments],
        cwd=PROJECT,
        env={**environment, **settings},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("arguments", [("--help",), *((command, "--help") for command in COMMANDS)])
def test_help_is_everywhere(arguments: tuple[str, ...]) -> None:
    done = wanamori_hub(*arguments)
    assert done.returncode == 0
    assert "Usage:" in done.stdout
    assert done.stderr == ""


def test_help_names_every_command() -> None:
    assert all(f"  {command} " in wanamori_hub("--help").stdout for command in COMMANDS)


@pytest.mark.parametrize("arguments", [(), ("fly",), ("local",), ("local", "--data"), ("web", "now")])
def test_a_call_that_means_nothing_is_one_line(arguments: tuple[str, ...]) -> None:
    done = wanamori_hub(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("wanamori-hub: ")
    assert done.stderr.count("\n") == 1


def test_a_database_that_is_away_is_one_line() -> None:
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    done = wanamori_hub("migrate", WANAMORI_DATABASE_URL=url, WANAMORI_SECRET="x" * 40)
    assert done.returncode == 1
    assert done.stderr.startswith("wanamori-hub: The database cannot be brought up to date now")
    assert done.stderr.count("\n") == 1


def test_a_database_is_brought_up_to_date_once(empty_database_url: str) -> None:
    settings = {"WANAMORI_DATABASE_URL": empty_database_url, "WANAMORI_SECRET": "x" * 40}
    assert "migrations done" in wanamori_hub("migrate", **settings).stdout
    assert "is up to date" in wanamori_hub("migrate", **settings).stdout


@pytest.mark.parametrize("command", ["web", "ingest", "worker", "accounts", "migrate"])
def test_missing_settings_are_named(command: str) -> None:
    done = wanamori_hub(command, WANAMORI_MQTT_PORT="many")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    for name in ("WANAMORI_DATABASE_URL", "WANAMORI_SECRET", "WANAMORI_MQTT_PORT"):
        assert name in done.stderr


def test_a_ground_that_cannot_be_read_ends_the_start_in_one_line() -> None:
    settings = {
        "WANAMORI_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "WANAMORI_SECRET": "x" * 40,
        "WANAMORI_LOCAL_STAFF": '{"username": "staff", "password": "p", "token": "t"}',
        "WANAMORI_SURVEY_TERRAIN": "/nowhere/ground.asc",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "hub.local.prepare"],
        cwd=PROJECT, env={**os.environ, **settings}, capture_output=True, text=True,
    )  # fmt: skip
    # with the supervisor's own code for what the user can put right, which it does not try again
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "WANAMORI_SURVEY_TERRAIN: cannot read /nowhere/ground.asc: No such file or directory\n"


def test_a_command_that_is_interrupted_as_it_begins_says_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", TOLD_AS_IT_BEGINS], cwd=PROJECT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")
