"""The service that all acceptance tests share: started once, stopped at the end."""

from collections.abc import Iterator

import pytest

from tests.acceptance.service import Service, running_service


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A real `wanamori-hub local --empty` with a mailbox, shared: make agents, devices and people of your own and ask about those only."""
    with running_service(tmp_path_factory.mktemp("service")) as running:
        yield running
