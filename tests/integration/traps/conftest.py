"""A town and its post office for each test."""

from collections.abc import Iterator

import pytest

from tests.integration.alerts.town import PostOffice, Town


@pytest.fixture
def post() -> Iterator[PostOffice]:
    office = PostOffice()
    office.open()
    yield office
    office.close()


@pytest.fixture
def town(database_url: str, post: PostOffice) -> Iterator[Town]:
    made = Town(database_url, post)
    yield made
    made.close()
