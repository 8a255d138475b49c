"""Records that are refused, and what becomes of them, as the tests of dead letters drive them."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from events import Event, RecognitionRemembered
from services.runtime.database import Pool
from services.runtime.kafka import INTERACTIONS
from services.runtime.kafka import headers as structured
from services.runtime.producer import Outgoing
from tests.stack import Stack, Teller, until

_customers = (f"letters-{number}" for number in itertools.count(1))


def teller() -> Teller:
    """One who tells of a customer that no other test has."""
    return Teller(next(_customers), source="/crm")


def broken(event: Event) -> bytes:
    """The event with data that does not fit its type."""
    return event.body.replace(b'"lost"', b'"bored"')


async def letters(stack: Stack, told: Teller) -> list[Any]:
    """The customer's dead letters, by the key of their records."""
    return await stack.fetch("select * from dead_letters where key = $1 order by id", told.customer.encode())


async def buried(stack: Stack, told: Teller, *values: bytes | None, headers: Any = None) -> list[Any]:
    """Publishes what is refused, and waits until it is buried; returns the customer's dead letters."""
    before = len(await letters(stack, told))
    await send(stack, told, *values, headers=headers)

    async def there() -> bool:
        return len(await letters(stack, told)) == before + len(values)

    await until(there)
    return await letters(stack, told)


async def send(stack: Stack, told: Teller, *values: bytes | None, headers: Any = None) -> None:
    """Publishes values under the customer's key."""
    sent = structured(None) if headers is None else headers
    await stack.context.producer.publish(
        Outgoing(INTERACTIONS, told.customer.encode(), value, sent) for value in values
    )


async def journalled(stack: Stack, told: Teller, *ids: str) -> None:
    """Waits until the journal holds these events of the customer; it then holds no other."""

    async def found() -> list[str]:
        return [one for one in await stack.journal("/crm") if one.startswith(told.customer)]

    async def there() -> bool:
        return len(await found()) >= len(ids)

    await until(there)
    assert sorted(await found()) == sorted(ids)


async def passed(stack: Stack, told: Teller) -> None:
    """Waits until all that was published under the customer's key is applied."""
    last = told.tell(RecognitionRemembered(what="x"), id=f"{uuid4()}")
    await send(stack, told, last.body)
    await until(lambda: stack.fetch("select 1 from journal where body = $1", last.body))


async def keep(pool: Pool, key: bytes | None, value: bytes | None, *, days_ago: float = 0.0) -> int:
    """A dead letter of what an earlier version refused; returns its number."""
    number = await pool.fetchval(
        """
        insert into dead_letters (
            topic, kafka_partition, kafka_offset, key, value, headers, reason, detail, pointer, refused_at
        )
        values ($1, 0, 0, $2, $3, '[]', 'data_invalid', 'An old decoder said so.', '', $4)
        returning id
        """,
        INTERACTIONS,
        key,
        value,
        datetime.now(UTC) - timedelta(days=days_ago),
    )
    return int(number)
