"""`make demo` as a visitor sees it: up, said where, a trap's town beneath it, and all of it gone after one signal."""

import re
import signal
import subprocess
import sys
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT
from tests.servers import free_port, wait_until


@pytest.mark.takes(25)
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM], ids=lambda ending: ending.name)
def test_the_demo_comes_up_says_where_and_goes_away(tmp_path: Path, ending: signal.Signals) -> None:
    output, port = tmp_path / "output", free_port()
    argv = [sys.executable, "-u", "-m", "deploy.demo", "--http-port", str(port), "--folder", str(tmp_path / "data")]
    with output.open("wb") as said:
        demo = subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
    try:
        wait_until(lambda: "stations" in output.read_text() or demo.poll() is not None, "no demo", pause_s=0.05)
        text = output.read_text()
        assert demo.poll() is None, text
        assert f"Wanamori is up: http://127.0.0.1:{port}\n" in text
        for role in ("hunter", "responder", "partner"):
            assert re.search(rf"^ +{role} +\S+ +\S+", text, re.MULTILINE)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as page:
            assert page.status == 200
    finally:
        demo.send_signal(ending)
        code = demo.wait(60)
    assert code == 0
    assert not _running(tmp_path)


def _running(folder: Path) -> list[str]:
    """Command lines of processes that still belong to this folder."""
    lines: list[str] = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it has ended meanwhile
            lines.append(process.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return [line for line in lines if str(folder) in line]
