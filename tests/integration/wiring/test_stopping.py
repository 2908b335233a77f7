"""A program that is told to stop does so, at whatever moment it is told."""

import subprocess
import sys

import pytest

# The moment at which whoever waits for the event holds its lock: a signal may come just then.
TOLD_WHILE_IT_BEGINS_TO_WAIT = """
import signal
{made}
with stop._cond:
    signal.raise_signal(signal.SIGTERM)
    # the handler runs between two steps of the interpreter
    sum(range(10_000))
assert stop.wait(30)
"""
HUB = "from hub.wiring.process import stop_at_signal; stop = stop_at_signal()"
EDGE = "from edge.host import stop_at_signal; stop = stop_at_signal(signal.SIGTERM)"
SIMULATORS = "from simulators.__main__ import _until_asked_to_stop; stop = _until_asked_to_stop()"


@pytest.mark.parametrize("made", [HUB, EDGE, SIMULATORS], ids=["hub", "edge", "simulators"])
def test_a_signal_that_comes_as_the_wait_begins_is_heard(made: str) -> None:
    code = TOLD_WHILE_IT_BEGINS_TO_WAIT.format(made=made)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
