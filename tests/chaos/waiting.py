"""Whether anything still waits: what operators are told to watch (docs/operations.md), and nothing else."""

import asyncio
from typing import Any

import asyncpg
import msgspec
from aiokafka import AIOKafkaConsumer

from services.runtime.kafka import INTERACTIONS
from tests.chaos.topics import places_of

_QUIET_FOR = 3.0
"""Seconds for which nothing may wait, and nothing may change."""

_COUNTED_WITHIN = 2.0

_AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What asyncpg says of a database that goes away while it is asked."""

_COUNTS = "select (select count(*) from journal), (select count(*) from prompts)"

# What falls due in the next minutes is waited for too: so nothing is in motion while somebody looks.
_WAITING = """
select
    (select coalesce(sum(next_offset), 0)::bigint from positions where topic = $1) as passed,
    (select count(*) from outbox) as outbox,
    (select count(*) from causes) as causes,
    (select count(*) from deadlines where due <= now() + interval '3 minutes') as deadlines,
    (
        select count(*)
        from prompts as prompt
        where prompt.state in ('held', 'open', 'snoozed') and prompt.revision is distinct from (
            select sum(revision)
            from relationships
            where relationships.customer = any (array[prompt.customer] || coalesce(prompt.subjects, '{}'))
        )
    ) as looks,
    (
        select count(*)
        from prompts
        where now() >= case state
            when 'held' then deliver_at - interval '3 minutes'
            when 'snoozed' then snoozed_until - interval '3 minutes'
            -- Not so for leases: in a long run one after another runs out.
            when 'claimed' then lease_until
        end
    ) as moments,
    (select count(*) from journal) as journalled
"""


class Counts(msgspec.Struct, frozen=True):
    """How far things are."""

    journalled: int = 0
    prompts: int = 0


async def count(database: str) -> Counts:
    """How far things are. Raises `OSError` or `TimeoutError` while the database does not answer."""
    async with asyncio.timeout(_COUNTED_WITHIN):
        try:
            connection: Any = await asyncpg.connect(database)
        except _AWAY as error:
            raise OSError(str(error)) from None
        try:
            return Counts(*await connection.fetchrow(_COUNTS))
        except _AWAY as error:
            raise OSError(str(error)) from None
        finally:
            connection.terminate()


async def quiet(database: str, kafka: str) -> None:
    """Returns when all that was published has been read, nothing waits, and that has been so for a while."""
    loop = asyncio.get_running_loop()
    connection: Any = await asyncpg.connect(database)
    try:
        async with AIOKafkaConsumer(bootstrap_servers=kafka) as consumer:
            places = await places_of(consumer, INTERACTIONS)
            before, since = None, loop.time()
            while True:
                found = await connection.fetchrow(_WAITING, INTERACTIONS)
                ends = await consumer.end_offsets(places)
                passed, *waiting, _ = found
                if found != before or any(waiting) or passed != sum(ends.values()):
                    before, since = found, loop.time()
                elif loop.time() - since >= _QUIET_FOR:
                    return
                await asyncio.sleep(0.5)
    finally:
        await connection.close()
