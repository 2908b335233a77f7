"""Ports of 127.0.0.1: the one that was asked for, or a free one."""

import errno
import secrets
import socket
from collections.abc import Callable

from hub.local.errors import LocalError

__all__ = ["HOST", "chosen_port", "complaint_about_port"]

HOST = "127.0.0.1"
_LOWEST, _HIGHEST, _TRIES = 20_000, 29_999, 200


def complaint_about_port(port: int, host: str = HOST) -> str | None:
    """Why a server cannot listen on this port, None when it can. Raises nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # as the servers do it: a port whose last connections are still winding down is free
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return "is taken by another program"
            if error.errno == errno.EACCES:
                return "may be used by root only"
            return f"cannot be used ({error.strerror})"
        except OverflowError:
            return "is not a port (1 to 65535)"
    return None


def chosen_port(
    option: str, given: int | None, preferred: tuple[int | None, ...], avoid: int | None = None, *,
    complaint: Callable[[int], str | None] = complaint_about_port,
) -> int:  # fmt: skip
    """The port for one server: exactly `given`, else the first of `preferred` that is free, else any free one.

    `avoid` is a port that the other server will take. Raises LocalError naming the port and the option when `given`
    cannot be had.
    """
    if given is not None:
        reason = "is asked for twice" if given == avoid else complaint(given)
        if reason:
            raise LocalError(f"port {given} {reason}: stop what uses it, or give another one with {option}")
        return given
    for port in preferred:
        if port is not None and port != avoid and complaint(port) is None:
            return port
    return _any_free_port(avoid, complaint)


def kept_port(
    option: str, kept: int, avoid: int, *, complaint: Callable[[int], str | None] = complaint_about_port
) -> int:
    """The broker's port as agents were told it when they enrolled: on another one none of them would ever be heard.

    Raises LocalError naming the port and the option when it cannot be had.
    """
    reason = "is asked for twice" if kept == avoid else complaint(kept)
    if reason:
        raise LocalError(
            f"port {kept} {reason}, and the agents of this service know its broker by that port: stop what uses it, or"
            f" give another one with {option} and enrol the agents again"
        )
    return kept


def _any_free_port(avoid: int | None, complaint: Callable[[int], str | None]) -> int:
    """Below the range from which the kernel takes ports for outgoing connections: a restarted server finds it free.

    By chance, since two services that start at the same time would otherwise choose the same one.
    """
    for _ in range(_TRIES):
        port = _LOWEST + secrets.randbelow(_HIGHEST - _LOWEST + 1)
        if port != avoid and complaint(port) is None:
            return port
    raise LocalError(f"no free port between {_LOWEST} and {_HIGHEST}: give one with --http-port and --mqtt-port")
