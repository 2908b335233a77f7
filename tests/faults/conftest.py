"""A town of its own for each test."""

import pytest

from tests.integration.ingest.town import Town


@pytest.fixture
def town(database_url: str) -> Town:
    return Town(database_url)
