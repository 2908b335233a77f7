"""A town of its own for each test, a publisher, and nobody else's messages: the session's broker keeps none."""

from collections.abc import Iterator

import pytest

from tests.integration.ingest.town import Publisher, Town
from tests.servers import Broker


@pytest.fixture
def town(database_url: str) -> Town:
    return Town(database_url)


@pytest.fixture
def publisher(broker: Broker) -> Iterator[Publisher]:
    running = Publisher(broker)
    yield running
    running.close()
