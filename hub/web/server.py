"""Serve the application until the process is told to stop, and then stop at once, open streams and all."""

import signal
import socket
from types import FrameType
from typing import Protocol

import uvicorn
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from typing_extensions import override

from hub.errors import SetupError

__all__ = ["serve"]

# A request that has not ended by then is cut off: whoever stops the service waits 10 s for all of it.
_LAST_REQUESTS_S = 3


class _Streams(Protocol):
    def close(self) -> None: ...


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, streams: _Streams) -> None:
        super().__init__(config)
        self._streams = streams

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Streams never end by themselves: end them before waiting for connections.
        await run_in_threadpool(self._streams.close)
        await super().shutdown(sockets)


def serve(app: FastAPI, streams: _Streams, host: str, port: int) -> None:
    """Serve `app` on host:port until SIGTERM or SIGINT; `streams.close()` ends what would never end by itself.

    Raises SetupError when the port cannot be had.
    """
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_LAST_REQUESTS_S,
        backlog=512,
    )
    try:
        listener = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=512
        )
    except OSError as error:
        raise SetupError(
            f"cannot listen on {host}:{port}: {error.strerror}; stop what uses it, or set WANAMORI_HTTP_PORT"
        ) from error
    # Answers go out in two writes, headers and body: without this the second waits 40 ms for the first one's receipt.
    # (asyncio sets it by itself only on sockets whose protocol is named; these take it from their listener.)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # uvicorn raises the signal again when it has stopped: to be told to stop is no failure.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stopped)
    with listener:
        _Server(config, streams).run(sockets=[listener])


def _stopped(_number: int, _frame: FrameType | None) -> None:
    """Nothing more to do: the server has ended already."""
