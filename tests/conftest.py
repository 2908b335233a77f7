"""Fixtures for every test: real servers, started once a session and only when a test asks for them."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.servers import Broker, DatabaseServer, running_broker, running_database

# How long one example takes says nothing on a busy machine; timings are measured in tests/benchmarks.
settings.register_profile("wanamori", deadline=None)
settings.load_profile("wanamori")


@pytest.fixture(scope="session")
def database_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseServer]:
    """The session's PostgreSQL with TimescaleDB; most tests want `database_url`."""
    with running_database(tmp_path_factory.mktemp("database")) as server:
        yield server


@pytest.fixture
def database_url(database_server: DatabaseServer) -> Iterator[str]:
    """A database of this test's own with the hub's schema, as a libpq URL."""
    url = database_server.migrated()
    yield url
    database_server.drop(url)


@pytest.fixture
def empty_database_url(database_server: DatabaseServer) -> Iterator[str]:
    """A database of this test's own with nothing in it, not even the extension."""
    url = database_server.empty()
    yield url
    database_server.drop(url)


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """The session's Mosquitto with the hub's account; `broker.add_account("ag-…")` makes an agent's."""
    with running_broker(tmp_path_factory.mktemp("broker")) as running:
        yield running
