"""A push service as Firefox talks to it: a websocket for the browser, an HTTP endpoint for whoever sends.

The protocol: https://mozilla-push-service.readthedocs.io/en/latest/design/#simplepush-protocol
"""

import json
import threading
import uuid
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from tests.fakes.push import FakePush, Pushed, text_of

__all__ = ["Autopush"]


class Autopush(FakePush):
    """`channels` are the browser's subscriptions, by the name in their endpoint; `acknowledged` what it has got."""

    def __init__(self, town_key: str) -> None:
        self.channels: dict[str, ServerConnection] = {}
        self.acknowledged: list[str] = []
        super().__init__(town_key)
        self._sockets = serve(self._talk, "127.0.0.1", 0)
        self.socket_url = f"ws://127.0.0.1:{self._sockets.socket.getsockname()[1]}/"
        self._talking = threading.Thread(target=self._sockets.serve_forever, daemon=True)
        self._talking.start()

    def on_pushed(self, pushed: Pushed) -> None:
        if pushed.device in self.channels:
            notification = {
                "messageType": "notification",
                "channelID": pushed.device,
                "version": str(len(self.pushed)),
                "data": text_of(pushed.body),
                "headers": {"encoding": "aes128gcm"},
            }
            self.channels[pushed.device].send(json.dumps(notification))

    def close(self) -> None:
        self._sockets.shutdown()
        self._talking.join(10)
        super().close()

    def _talk(self, browser: ServerConnection) -> None:
        try:
            for text in browser:
                answer = self._answer(json.loads(text), browser)
                if answer is not None:
                    browser.send(json.dumps(answer))
        except ConnectionClosed:
            pass

    def _answer(self, asked: dict[str, Any], browser: ServerConnection) -> dict[str, Any] | None:
        match asked.get("messageType"):
            case "hello":
                uaid = asked.get("uaid") or uuid.uuid4().hex
                return {"messageType": "hello", "uaid": uaid, "status": 200, "use_webpush": True, "broadcasts": {}}
            case "register":
                channel = asked["channelID"]
                self.channels[channel] = browser
                endpoint = f"{self.origin}/push/{channel}"
                return {"messageType": "register", "channelID": channel, "status": 200, "pushEndpoint": endpoint}
            case "unregister":
                self.gone.add(asked["channelID"])
                return {"messageType": "unregister", "channelID": asked["channelID"], "status": 200}
            case "ack":
                self.acknowledged += [update["channelID"] for update in asked["updates"]]
                return None
            case None:
                return {}
        return None
