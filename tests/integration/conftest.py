"""What several tests of services on a real database need."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest_asyncio

from tests.chaos.proxy import Proxy


@pytest_asyncio.fixture
async def proxy(database_url: str) -> AsyncIterator[Proxy]:
    """A network between us and the database."""
    port = urlsplit(database_url).port
    assert port is not None
    async with Proxy(port) as proxy:
        yield proxy
