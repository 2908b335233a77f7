"""The bad network itself: what it leaves behind when it is taken down."""

import socket
import threading
from contextlib import ExitStack

from tests.faults.proxy import Proxy


def test_its_port_is_free_as_soon_as_it_has_stopped() -> None:
    """With somebody's connections coming in all the while; nothing of it may wait in `accept` any more."""
    with socket.create_server(("127.0.0.1", 0)) as target:
        port = 0
        for _ in range(30):
            proxy = Proxy(target.getsockname()[1], port=port)
            proxy.start()
            port = proxy.port
            with ExitStack() as clients:
                for _ in range(3):
                    clients.enter_context(socket.create_connection(("127.0.0.1", port)))
                proxy.stop()
            assert [thread for thread in threading.enumerate() if thread.name == f"proxy {port}"] == []
