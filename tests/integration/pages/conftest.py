from collections.abc import Iterator

import pytest

from tests.servers import DatabaseServer
from tests.website import Website, fill_town, running_website


@pytest.fixture
def site(database_url: str) -> Iterator[Website]:
    """A served town with people and devices of every kind, for one test."""
    with running_website(database_url) as running:
        fill_town(running)
        yield running


@pytest.fixture(scope="module")
def still_site(database_server: DatabaseServer) -> Iterator[Website]:
    """The same for all tests of a file that change nothing in it."""
    url = database_server.migrated()
    with running_website(url) as running:
        fill_town(running)
        yield running
    database_server.drop(url)
