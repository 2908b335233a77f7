"""The service that all acceptance tests share: started once, stopped at the end."""

from collections.abc import Iterator

import pytest

from tests.acceptance.service import Service, running_service


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A real `wanamori-hub local --empty` with a mailbox. It is shared: make agents, devices, people of your own."""
    with running_service(tmp_path_factory.mktemp("service")) as running:
        yield running
