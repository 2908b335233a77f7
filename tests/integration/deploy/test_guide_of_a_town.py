"""The command by which a town's guide fills a new database does what it says."""

import os
import re
import subprocess

import psycopg

from tests.architecture.tree import ROOT


def test_the_guide_s_first_command_makes_the_schema_and_a_member_of_staff(empty_database_url: str) -> None:
    guide = (ROOT / "docs/how-to/run-in-a-town.md").read_text(encoding="utf-8")
    commands = re.search(r"^\.venv/bin/wanamori-hub add-staff .*$", guide, re.MULTILINE)
    assert commands
    environment = {**os.environ, "WANAMORI_DATABASE_URL": empty_database_url, "WANAMORI_SECRET": "s" * 40}
    done = subprocess.run(
        ["sh", "-ec", commands[0]], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    with psycopg.connect(empty_database_url) as connection:
        assert connection.execute("select username from person").fetchall() == [("tanaka",)]
