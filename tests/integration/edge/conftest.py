"""A broker and a hub for each test: they are killed and silenced here."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.edge.parts import KillableBroker, TinyHub


@pytest.fixture
def killable(tmp_path: Path) -> Iterator[KillableBroker]:
    broker = KillableBroker(tmp_path)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def hub(killable: KillableBroker) -> Iterator[TinyHub]:
    tiny = TinyHub(killable.port)
    yield tiny
    tiny.close()
