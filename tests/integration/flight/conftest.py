"""A broker, a hub that gives receipts, and a town that signs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.edge.parts import KillableBroker, TinyHub
from tests.integration.flight.parts import Town


@pytest.fixture
def killable(tmp_path: Path) -> Iterator[KillableBroker]:
    broker = KillableBroker(tmp_path)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def town(killable: KillableBroker) -> Iterator[Town]:
    hub = TinyHub(killable.port)
    yield Town(hub)
    hub.close()
