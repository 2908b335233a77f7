"""Debian's own Firefox, headless, driven by Marionette: the protocol that comes with it, in JSON over a socket.

Marionette reaches the browser's own windows too, and so the notifications that it shows.
"""

import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.servers import free_port, wait_until

__all__ = ["Firefox", "running_firefox"]

_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
_QUIET: Mapping[str, bool | int | str] = {
    "alerts.useSystemBackend": False,
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.aboutwelcome.enabled": False,
    "browser.safebrowsing.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "browser.topsites.contile.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "dom.push.connection.enabled": True,
    "dom.push.testing.allowInsecureServerURL": True,
    "extensions.getAddons.cache.enabled": False,
    "extensions.update.enabled": False,
    "intl.accept_languages": "ja,en",
    "media.gmp-manager.updateEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.proxy.type": 0,
    "permissions.default.desktop-notification": 1,
    "services.settings.server": "data:,",
    "toolkit.telemetry.enabled": False,
}


class FirefoxError(AssertionError):
    """Firefox says that a command could not be done."""


class Firefox:
    """A running Firefox. Commands are WebDriver's (https://w3c.github.io/webdriver/)."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._file = self._socket.makefile("rb")
        self._numbers = itertools.count(1)
        self._receive()
        self.command("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {}}})

    def command(self, name: str, values: dict[str, Any] | None = None) -> Any:
        text = json.dumps([0, next(self._numbers), name, values or {}]).encode()
        self._socket.sendall(str(len(text)).encode() + b":" + text)
        _, _, error, result = self._receive()
        if error:
            raise FirefoxError(f"{name}: {error['message']}")
        return result.get("value") if isinstance(result, dict) and set(result) == {"value"} else result

    def open(self, url: str) -> None:
        self.command("WebDriver:Navigate", {"url": url})

    def url(self) -> str:
        return self.command("WebDriver:GetCurrentURL")

    def add_cookie(self, name: str, value: str) -> None:
        self.command("WebDriver:AddCookie", {"cookie": {"name": name, "value": value}})

    def click(self, css: str) -> None:
        found = self.command("WebDriver:FindElement", {"using": "css selector", "value": css})
        self.command("WebDriver:ElementClick", {"id": found[_ELEMENT]})

    def run(self, script: str, *args: Any) -> Any:
        """The value of a script's `return` in the page."""
        return self.command("WebDriver:ExecuteScript", {"script": script, "args": list(args)})

    def run_inside(self, script: str, *args: Any) -> Any:
        """The same within the browser itself."""
        self.command("Marionette:SetContext", {"value": "chrome"})
        try:
            return self.run(script, *args)
        finally:
            self.command("Marionette:SetContext", {"value": "content"})

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def _receive(self) -> Any:
        length = b""
        while (letter := self._file.read(1)) != b":":
            assert letter, "Firefox has gone"
            length += letter
        return json.loads(self._file.read(int(length)))


@contextmanager
def running_firefox(folder: Path, prefs: Mapping[str, bool | int | str]) -> Iterator[Firefox]:
    """A Firefox with a profile of its own below `folder`."""
    program = shutil.which("firefox-esr")
    assert program, "Firefox is missing: run `make setup-test`"
    port, profile = free_port(), folder / "profile"
    profile.mkdir(parents=True)
    lines = {**_QUIET, "marionette.port": port, **prefs}
    text = "".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in lines.items())
    (profile / "user.js").write_text(text, encoding="utf-8")
    command = [program, "--headless", "--no-remote", "--profile", str(profile)]
    command += ["--marionette", "--remote-allow-system-access"]
    environment = {**os.environ, "HOME": str(folder), "MOZ_CRASHREPORTER_DISABLE": "1", "TZ": "Asia/Tokyo"}
    with (folder / "firefox.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "about:blank"], stdout=log, stderr=log, env=environment, start_new_session=True
        )
    try:
        wait_until(lambda: _listens(port) or process.poll() is not None, "Firefox does not start", tries=3000)
        firefox = Firefox(port)
        try:
            yield firefox
        finally:
            firefox.close()
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
