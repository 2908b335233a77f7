"""Signals as bytes on a pipe: whoever waits for something else is told of them all the same."""

import os
import signal
from collections.abc import Iterable
from types import FrameType

__all__ = ["pipe_of_signals"]


def pipe_of_signals(numbers: Iterable[signal.Signals]) -> int:
    """The end of a pipe from which the numbers of these signals are read, each written by the interpreter as it comes.

    Once a process, in its main thread. A handler runs between two steps of the main thread, and that may wait already:
    a signal that comes just before it does, or to another thread, would not wake it.
    """
    told, tell = os.pipe2(os.O_CLOEXEC)
    os.set_blocking(tell, False)
    signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    for number in numbers:
        signal.signal(number, _left_to_the_reader)
    return told


def _left_to_the_reader(_number: int, _frame: FrameType | None) -> None:
    """A handler must be there for the pipe to be written."""
