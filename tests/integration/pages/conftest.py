from collections.abc import Iterator

import pytest

from tests.website import Website, fill_town, running_website


@pytest.fixture
def site(database_url: str) -> Iterator[Website]:
    """A served town with people and devices of every kind."""
    with running_website(database_url) as running:
        fill_town(running)
        yield running
