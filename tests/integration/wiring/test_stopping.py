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
# Another thread than the one that waits: nothing interrupts that one then.
TOLD_TO_ANOTHER_THREAD = """
import signal, threading
{made}
other = threading.Thread(target=threading.Event().wait, daemon=True)
other.start()
threading.Timer(0.3, signal.pthread_kill, (other.ident, signal.SIGTERM)).start()
assert stop.wait(30)
"""
HUB = "from hub.wiring.process import stop_at_signal; stop = stop_at_signal()"
EDGE = "from edge.host import stop_at_signal; stop = stop_at_signal(signal.SIGTERM)"
SIMULATORS = "from simulators.__main__ import _until_asked_to_stop; stop = _until_asked_to_stop()"


@pytest.mark.parametrize("made", [HUB, EDGE, SIMULATORS], ids=["hub", "edge", "simulators"])
@pytest.mark.parametrize("told", [TOLD_WHILE_IT_BEGINS_TO_WAIT, TOLD_TO_ANOTHER_THREAD], ids=["begins", "other"])
def test_a_signal_is_heard_at_whatever_moment_it_comes(made: str, told: str) -> None:
    code = told.format(made=made)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
