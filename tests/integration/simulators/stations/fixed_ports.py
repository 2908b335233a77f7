"""A pytest plugin for the dronekit suite, which names two ports: each run of it has two of its own.

`FIXED_PORTS=5760:1234,15668:2345` says which port stands for which. Nothing else of the suite is touched.
"""

import os
import socket

_INSTEAD = dict(map(int, pair.split(":")) for pair in os.environ["FIXED_PORTS"].split(","))


def _moved(address):
    if isinstance(address, tuple) and address[1] in _INSTEAD:
        return (address[0], _INSTEAD[address[1]], *address[2:])
    return address


def _move(name):
    real = getattr(socket.socket, name)
    setattr(socket.socket, name, lambda self, *words: real(self, *words[:-1], _moved(words[-1])))


for _name in ("bind", "connect", "sendto"):
    _move(_name)
