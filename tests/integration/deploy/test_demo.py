"""The demo as its visitor starts it."""

import socket
import subprocess
import sys
from pathlib import Path

from tests.architecture.tree import ROOT


def test_a_port_that_is_taken_is_told_in_one_line_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        argv = [sys.executable, "-m", "deploy.demo", "--http-port", str(port), "--folder", str(tmp_path / "data")]
        done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(f"port {port} is taken: ")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "data").exists()
