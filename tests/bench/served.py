"""The services at work, from outside: events go in over HTTP, and prompts come by the desk's live stream."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import msgspec

from tests.awake import awake_file
from tests.bench.keys import create_key
from tests.bench.tellings import Due, meetings
from tests.bench.watching import Agent, published
from tests.processes import Serving
from tests.stack import until

_STAGES = """
select
    prompt.customer,
    event.arrived as appended,
    pg_xact_commit_timestamp(event.xmin) as folded,
    prompt.prompted_at as decided
from unnest($1::text[], $2::bytea[]) as due (customer, identity)
join journal as event using (customer, identity)
join prompts as prompt on prompt.customer = due.customer and prompt.trigger = 'retold'
"""

_AT_REST = """
select count(*) = cardinality($2::bytea[])
    and not exists (select from causes where arisen_at <= clock_timestamp())
    and not exists (select from outbox)
from journal
where customer = any ($1::text[]) and identity = any ($2::bytea[])
"""

_WITHIN = 30.0
"""Seconds within which all is at rest."""

STAGES = ("gateway and Kafka", "projector", "outreach takes it", "outreach writes it, and the desk")
"""What lies between sending, Kafka's append, the fold's commit, the decision, and the browser.

When the decision was committed nobody can tell afterwards: the row is written again when it is offered.
Kafka tells its time in whole milliseconds; PostgreSQL's time of a commit lies before its write to the disk.
"""


class Way(NamedTuple):
    """What one prompt took, in seconds."""

    whole: float
    stages: tuple[float, ...]


class Served:
    """The services at work, from outside: where to publish, what the desk shows, what the database has."""

    def __init__(self, gateway: Serving, key: str, agent: Agent, connection: asyncpg.Connection) -> None:
        self._gateway = gateway
        self._key = key
        self._agent = agent
        self._connection = connection
        self._known: set[str] = set()

    async def meet(self, due: Sequence[Due]) -> None:
        """Makes the customers of some events known, and waits until nothing is left to be done about it."""
        met = list(meetings(one.customer for one in due if one.customer not in self._known))
        self._known.update(one.customer for one in met)
        await published(self._gateway.port, self._key, met)
        names, identities = [one.customer for one in met], [one.identity for one in met]

        async def at_rest() -> bool:
            return bool(await self._connection.fetchval(_AT_REST, names, identities))

        await until(at_rest, within=_WITHIN)

    async def prompt(self, due: Sequence[Due]) -> list[Way]:
        """Publishes events and follows those that prompt to the desk."""
        sent = await published(self._gateway.port, self._key, due)
        seen = await self._agent.seen(sent)
        await self._check_list(sent)
        identities = [one.identity for one in due if one.prompts]
        rows = await self._connection.fetch(_STAGES, list(sent), identities)
        return [_way(sent[row["customer"]], row, seen[row["customer"]]) for row in rows]

    async def _check_list(self, customers: Iterable[str]) -> None:
        """What the stream has shown stands in the list as well."""
        answer = await self._agent.desk.get("/v1/prompts", params={"limit": 1000})
        listed = {one.customer for one in _decode(answer.raise_for_status().content).prompts}
        assert listed.issuperset(customers), "the list lacks prompts that the stream has shown"


class _Prompt(msgspec.Struct):
    customer: str


class _List(msgspec.Struct):
    prompts: list[_Prompt]


_decode = msgspec.json.Decoder(_List).decode


def _way(sent: float, row: Any, seen: float) -> Way:
    between = [row[name].timestamp() for name in ("appended", "folded", "decided")]
    points = [sent, *between, seen]
    return Way(seen - sent, tuple(after - before for before, after in pairwise(points)))


@asynccontextmanager
async def serving(brokers: str, database: str, processes: Sequence[str], log: Path) -> AsyncIterator[Served]:
    """Services in processes, and an agent at the desk."""
    async with AsyncExitStack() as stack:
        running = {
            name: Serving(
                name,
                kafka=brokers,
                database=database,
                log=log,
                access="keys",
                strategy=awake_file(log.parent),
            )
            for name in processes
        }
        for one in running.values():
            await stack.enter_async_context(one)
        key = await create_key(database, "publish", "act")
        gateway, desk = (running.get(name) or running["all"] for name in ("gateway", "desk"))
        connection = await asyncpg.connect(database)
        stack.push_async_callback(connection.close)
        agent = await stack.enter_async_context(Agent.at(desk.url, key))
        yield Served(gateway, key, agent, connection)
