"""Query parameters: a slip in a name is said, and not answered as if nothing had been asked."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from services.embedded import EmbeddedBroker
from services.insight import Insight
from tests.stack import Stack, running

_BAD = httpx.codes.BAD_REQUEST


@pytest_asyncio.fixture
async def stack(database_url: str) -> AsyncIterator[Stack]:
    """Insight alone."""
    async with (
        EmbeddedBroker() as broker,
        running(broker.address, database_url, services=(Insight,), embedded=True) as stack,
    ):
        yield stack


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (
            "/v1/customers/anna/relationship?att=2026-01-01T00:00:00Z",
            "`att` is not a parameter of this route. It has: `at`.",
        ),
        (
            "/v1/customers/anna/relationship?at=2026-01-01T00:00:00Z&at=2026-02-01T00:00:00Z",
            "`at` is said more than once.",
        ),
        ("/v1/team/load?since=monday", "`since` is not a parameter of this route."),
    ],
)
async def test_what_a_route_has_no_parameter_for_is_refused(stack: Stack, path: str, said: str) -> None:
    """The answer names the slip and what there is: whoever asked about then would have been told of now."""
    answer = await stack.http.get(path)
    assert answer.status_code == _BAD
    assert answer.json()["detail"] == said


@pytest.mark.parametrize("path", ["/insight?utm_source=mail", "/healthz?now=1"])
async def test_what_others_add_to_addresses_is_no_slip(stack: Stack, path: str) -> None:
    """Mail programs and probes add parameters of their own."""
    answer = await stack.http.get(path, follow_redirects=True)
    assert answer.status_code == httpx.codes.OK
