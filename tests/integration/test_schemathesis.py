"""The gateway held to its own OpenAPI document, by requests that schemathesis makes from it."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import CheckContext, CheckFunction, GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    missing_required_header,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from services.embedded import EmbeddedBroker, EmbeddedDatabase
from services.gateway.modes import SINGLE
from services.runtime import database as databases
from services.runtime.kafka import INTERACTIONS, RELATIONSHIPS
from tests.access import bearer, keep
from tests.conftest import fresh_database
from tests.processes import Serving

PUBLISH = "POST /v1/events"
SCHEMA = "GET /schemas/{name}/v1.json"
OPERATIONS = ("GET /healthz", "GET /readyz", "GET /schemas", SCHEMA, PUBLISH)

_EXAMPLES = {GenerationMode.POSITIVE: 60, GenerationMode.NEGATIVE: 40}
_OF_A_KIND = 40
"""The most requests that break the document in one way."""

_NO_TIMES = ("0000-", "0001-", "0002-01-01", "9998-12-31", "9999-")

_BEYOND_SCHEMAS = frozenset({"id_reused", "time_ahead", "name_too_long"})
"""What no schema can say, for it depends on other events, on the clock, or on bytes."""


CONFIG = schemathesis.Config.from_dict(
    # What breaks a schema may be too large as well, which schemathesis does not think of (413).
    {"checks": {"negative_data_rejection": {"expected-statuses": ["4xx"]}}}
)


class Tried(NamedTuple):
    """A gateway that wants keys."""

    schema: Any
    """What it says of itself."""
    key: dict[str, str]
    """The header that opens everything."""

    def operation(self, label: str) -> Any:
        """An operation by its method and path."""
        return self.schema.find_operation_by_label(label)

    def send(self, case: Any) -> None:
        """Sends a request, and holds the answer to all rules."""
        case.call_and_validate(checks=CHECKS, headers=self.key)


@pytest_asyncio.fixture(scope="module")
async def tried(
    database_server: EmbeddedDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Tried]:
    """A gateway and a projector, in a process of their own: the tests draw and wait in this one."""
    log = tmp_path_factory.mktemp("gateway") / "serve.log"
    async for url in fresh_database(database_server):
        async with EmbeddedBroker() as broker:
            await broker.touch([INTERACTIONS, RELATIONSHIPS])
            pool = await databases.connect(url, size=1)
            key = bearer(await keep(pool, "publish", "read"))
            await pool.close()
            where = {"kafka": broker.address, "database": url}
            async with Serving("gateway", "projector", **where, log=log, access="keys") as serving:
                schema = schemathesis.openapi.from_url(f"{serving.url}/openapi.json", config=CONFIG)
                yield Tried(schema, key)
    assert "Traceback" not in log.read_text()


def accepts_what_it_describes(_: CheckContext, response: Response, case: Any) -> None:
    """An event that the document allows is refused only for what no document can say.

    Of binary mode the document cannot say which headers are required, nor of a batch what it may hold: each
    of its events is answered by itself.
    """
    if case.media_type != SINGLE or not case.meta.generation.mode.is_positive:
        return
    if 200 <= response.status_code < 300:
        return
    problem = response.json()
    # JSON Schema takes 1.0 for an integer, which CloudEvents does not, and cannot look into base64.
    refused: Any = case.body
    for part in problem["pointer"].split("/")[1:]:
        refused = refused.get(part) if isinstance(refused, dict) else None
    unseen = problem["pointer"] == "/data_base64" or isinstance(refused, float)
    # Nor does its format of times know that two years of the calendar hold none.
    unseen = unseen or str(refused).startswith(_NO_TIMES)
    assert unseen or problem["reason"] in _BEYOND_SCHEMAS, problem


CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    missing_required_header,
    unsupported_method,
    ignored_auth,
    accepts_what_it_describes,
]


def test_every_operation_is_tried(tried: Tried) -> None:
    """The gateway describes these operations, and no other."""
    assert sorted(operation.ok().label for operation in tried.schema.get_all_operations()) == sorted(
        OPERATIONS
    )


@pytest.mark.parametrize("label", OPERATIONS)
def test_what_the_document_allows_is_answered_as_it_says(tried: Tried, label: str) -> None:
    """Any request that the document allows is taken, and the answer is one that it describes."""
    drawn(tried, label, GenerationMode.POSITIVE)


@pytest.mark.parametrize("label", [SCHEMA, PUBLISH])
def test_what_the_document_forbids_is_refused_as_it_says(tried: Tried, label: str) -> None:
    """Any request that the document forbids is refused, and the answer is one that it describes."""
    drawn(tried, label, GenerationMode.NEGATIVE)


@pytest.mark.parametrize("label", OPERATIONS)
def test_each_way_to_break_the_document_is_answered_as_it_says(tried: Tried, label: str) -> None:
    """Wrong types, methods, lengths and patterns, one by one, are refused as the document says."""
    for case in broken(tried, label):
        tried.send(case)


def drawn(tried: Tried, label: str, mode: GenerationMode) -> None:
    """Sends requests that follow from the document, at random but always the same."""

    @settings(
        max_examples=_EXAMPLES[mode],
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=tried.operation(label).as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        tried.send(case)

    send()


def broken(tried: Tried, label: str) -> Iterator[Any]:
    """Requests that break the document in one way each, a bounded number of each kind."""
    operation = tried.operation(label)
    kinds: Counter[Any] = Counter()
    for case in tried.schema.iter_coverage_cases(
        operation,
        generation_modes=[GenerationMode.NEGATIVE],
        generation_config=tried.schema.config.generation_for(operation=operation),
    ):
        kind = case.meta.phase.data.scenario
        kinds[kind] += 1
        if kinds[kind] <= _OF_A_KIND:
            yield case
