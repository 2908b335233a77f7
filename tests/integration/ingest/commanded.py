"""Ingest as processes of their own, which can be killed."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.servers import Broker


class Process:
    """`python -m tests.integration.ingest.process`, ready."""

    def __init__(self, url: str, broker: Broker, **settings: str) -> None:
        environment = {
            **os.environ,
            "WANAMORI_DATABASE_URL": url,
            "WANAMORI_SECRET": "x" * 40,
            "WANAMORI_MQTT_PORT": str(broker.port),
            "WANAMORI_MQTT_USERNAME": broker.username,
            "WANAMORI_MQTT_PASSWORD": broker.password,
            **settings,
        }
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  # the process writes to it as long as it lives: closed in `_wait`
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-m", "tests.integration.ingest.process"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        self.pid = self._process.pid
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def await_ready(self) -> "Process":
        assert self._ready.wait(60), f"the process is not ready; it said:\n{self._said()}"
        assert self._process.poll() is None, f"the process has ended; it said:\n{self._said()}"
        return self

    def _said(self) -> str:
        self._log.seek(0)
        return self._log.read().decode(errors="replace")[-4_000:]

    def kill(self) -> None:
        self._process.kill()
        self._wait()

    def stop(self) -> int:
        self._process.send_signal(signal.SIGTERM)
        return self._wait()

    def end(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._wait()

    def _wait(self) -> int:
        code = self._process.wait(20)
        self._reader.join(20)
        self._log.close()
        return code

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                if line == b"ready\n":
                    self._ready.set()
        self._ready.set()


@contextmanager
def processes(url: str, broker: Broker, count: int, **settings: str) -> Iterator[list[Process]]:
    running = [Process(url, broker, **settings) for _ in range(count)]
    try:
        for process in running:
            process.await_ready()
        yield running
    finally:
        for process in running:
            process.end()
