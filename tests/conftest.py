"""Fixtures for every test: real servers, started once a session and only when a test asks for them."""

import math
from collections import Counter
from collections.abc import Generator, Iterator

import pytest
from hypothesis import settings

from tests.servers import Broker, DatabaseServer, running_broker, running_database

# How long one example takes says nothing on a busy machine; timings are measured in tests/benchmarks.
settings.register_profile("wanamori", deadline=None)
settings.load_profile("wanamori")


# About what a test takes on two busy cores, by its room; a test that is far longer is marked with `takes`.
_SECONDS = {"unit": 0.05, "architecture": 0.05, "integration": 0.8, "browser": 2.0, "acceptance": 4.0, "faults": 5.0}


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None]:
    """Hand out the files that take longest first, so that no process works alone at the end of a run side by side.

    Files and tests of about the same length stay in the order that they were shuffled into before.
    """
    yield
    if not hasattr(config, "workerinput"):
        return
    seconds: Counter[str] = Counter()
    for item in items:
        mark = item.get_closest_marker("takes")
        room = item.path.relative_to(config.rootpath).parts[1]
        seconds[str(item.path)] += mark.args[0] if mark else _SECONDS.get(room, 1.0)
    # to the power of two, or no file would be of the same length as another and all would come in one order
    items.sort(key=lambda item: -round(math.log2(seconds[str(item.path)])))


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
