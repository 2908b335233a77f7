"""What a connection over TLS trusts, and that one which does not come about is closed at once."""

import ssl
from pathlib import Path

from typing_extensions import override

__all__ = ["make_context"]


class _Socket(ssl.SSLSocket):
    @override
    def do_handshake(self, block: bool = False) -> None:
        # paho would leave it to the garbage collector: an agent that tries for weeks would hold one a try meanwhile
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


def make_context(*, cafile: Path | None = None, cadata: str | None = None) -> ssl.SSLContext:
    """Trust the authority of a file or of a text (PEM), without either the system's. Raises OSError, ValueError."""
    context = ssl.create_default_context(cafile=cafile, cadata=cadata)
    context.sslsocket_class = _Socket
    return context
