"""Dead letters sent again, and what became of them."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from aiokafka.errors import KafkaError

from events import Event, Refused, decode
from services.cli.letters.store import QUERIES, headers_of
from services.projector.letters import HEADER, Name
from services.runtime.database import Pool, sentence
from services.runtime.errors import Fatal
from services.runtime.kafka import INTERACTIONS, headers
from services.runtime.producer import Outgoing, Producer

_PAGE = 500
_LOOK_EVERY = 0.2
_MOST_BYTES = 1_000_000
"""The largest record that is sent again, in bytes: with its header it must stay under what a broker takes."""

Progress = Callable[[int], None]


class Choice(msgspec.Struct, frozen=True):
    """Which dead letters: of some numbers, of a reason, or all."""

    ids: list[int] | None = None
    reason: str | None = None


class Outcome(msgspec.Struct):
    """What became of dead letters that were sent again."""

    published: int = 0
    accepted: int = 0
    refused: Counter[str] = msgspec.field(default_factory=Counter)
    """Those that were refused again, by reason."""
    examples: dict[str, str] = msgspec.field(default_factory=dict)
    """For each of these reasons, the detail of one."""
    waiting: dict[int, int] = msgspec.field(default_factory=dict)
    """Those that the projector has not settled: their numbers, and how often they had been refused."""
    unsendable: list[int] = msgspec.field(default_factory=list)
    """Those that Kafka would not take: without key and value, or too large."""


def corrected(body: bytes, name: str) -> Event:
    """The event in a file. Raises `Fatal` where it would be refused as well."""
    try:
        return decode(body, arrived=datetime.now(UTC))
    except Refused as refusal:
        place = (
            f" (at {refusal.pointer})" if refusal.pointer and refusal.pointer not in refusal.detail else ""
        )
        raise Fatal(f"{name} would be refused: {refusal.reason}: {refusal.detail}{place}") from None


async def publish(
    pool: Pool, producer: Producer, choice: Choice, last: int, instead: Event | None, tell: Progress
) -> Outcome:
    """Publishes the chosen dead letters up to number `last`, each as it was, or `instead` in its place.

    Raises `Fatal` where Kafka does not confirm them.
    """
    outcome, after = Outcome(), 0
    while rows := await pool.fetch(QUERIES["page"], choice.ids, choice.reason, after, last, _PAGE):
        records = []
        for row in rows:
            record = _again(row) if instead is None else _in_place(row, instead)
            if _sendable(record):
                records.append(record)
                outcome.waiting[row["id"]] = row["attempts"]
            else:
                outcome.unsendable.append(row["id"])
        try:
            await producer.publish(records)
        except (TimeoutError, KafkaError) as error:
            raise Fatal(
                f"Kafka did not confirm them: {sentence(error)} {outcome.published:,} were published before. "
                "To send all of them again does no harm."
            ) from None
        outcome.published += len(records)
        after = rows[-1]["id"]
        tell(outcome.published)
    return outcome


async def settled(pool: Pool, outcome: Outcome, within: float, tell: Progress) -> None:
    """Waits until the projector has settled what was published, for so many seconds at most."""
    loop = asyncio.get_running_loop()
    end = loop.time() + within
    while outcome.waiting:
        numbers = list(outcome.waiting)
        for start in range(0, len(numbers), _PAGE):
            if not await _look(pool, outcome, numbers[start : start + _PAGE]):
                break  # the projector goes by their order, more or less: the others wait as well
        tell(outcome.published - len(outcome.waiting))
        if not outcome.waiting or loop.time() >= end:
            return
        await asyncio.sleep(_LOOK_EVERY)


async def _look(pool: Pool, outcome: Outcome, numbers: Sequence[int]) -> int:
    """Sees what became of some; returns how many were settled."""
    rows = {row["id"]: row for row in await pool.fetch(QUERIES["states"], numbers)}
    before = len(outcome.waiting)
    for number in numbers:
        row = rows.get(number)
        if row is None:
            outcome.accepted += 1
        elif row["attempts"] > outcome.waiting[number]:
            outcome.refused[row["reason"]] += 1
            outcome.examples.setdefault(row["reason"], f"{row['detail']} (dead letter {number})")
        else:
            continue
        del outcome.waiting[number]
    return before - len(outcome.waiting)


def _again(row: Any) -> Outgoing:
    """The record as it was, and the header that names its dead letter."""
    kept = [(name, value) for name, value in headers_of(row["headers"]) if name != HEADER]
    return Outgoing(INTERACTIONS, row["key"], row["value"], [*kept, _name(row)])


def _in_place(row: Any, event: Event) -> Outgoing:
    """An event in place of the record, in the same trace."""
    trace = [one for one in headers_of(row["headers"]) if one[0] == "traceparent"]
    return Outgoing(
        INTERACTIONS, event.subject.encode(), event.body, [*headers(None), *trace[:1], _name(row)]
    )


def _name(row: Any) -> tuple[str, bytes]:
    return Name(row["id"], str(row["token"])).header


def _sendable(record: Outgoing) -> bool:
    size = len(record.key or b"") + len(record.value or b"")
    size += sum(len(name.encode()) + len(value or b"") for name, value in record.headers)
    return size <= _MOST_BYTES and (record.key is not None or record.value is not None)
