"""What is kept of a refused record, what clears it, and what leaves it alone."""

import logging
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from events import FrictionMet
from projections.strategy import Strategy
from services.clock import service as clocks
from services.projector import positions
from services.projector.batch import prepare
from services.projector.engine import Engine
from services.projector.letters import Name
from services.projector.records import Record
from services.runtime.database import Pool
from services.runtime.kafka import INTERACTIONS
from tests.integration.dead_letters.letters import (
    broken,
    buried,
    journalled,
    keep,
    letters,
    passed,
    send,
    teller,
)
from tests.stack import Stack, Teller


async def test_a_corrected_event_from_the_publisher_clears_it(stack: Stack, told: Teller) -> None:
    """The same source and id, accepted at last, is what the refused record should have been."""
    event = told.tell(FrictionMet(what="lost"))
    [letter] = await buried(stack, told, broken(event))
    assert (letter["source"], letter["event_id"], letter["subject"]) == ("/crm", event.id, told.customer)
    await send(stack, told, event.body)
    await journalled(stack, told, event.id)
    assert not await letters(stack, told)


async def test_a_namesake_of_another_customer_clears_nothing(stack: Stack, told: Teller) -> None:
    """Publishers may count per customer: another customer's event of that source and id is another event."""
    other = teller()
    name = f"{told.customer}/1"
    await buried(stack, told, broken(told.tell(FrictionMet(what="lost"), id=name)))
    await send(stack, other, other.tell(FrictionMet(what="lost"), id=name).body)
    await passed(stack, other)
    assert len(await letters(stack, told)) == 1


async def test_a_corrected_event_clears_it_where_the_subject_could_not_be_told(
    stack: Stack, told: Teller
) -> None:
    """A record without a subject is mended by the event of its source and id, whoever it is about."""
    event = told.tell(FrictionMet(what="lost"))
    [letter] = await buried(stack, told, event.body.replace(b'"subject"', b'"about"'))
    assert letter["subject"] is None
    await send(stack, told, event.body)
    await journalled(stack, told, event.id)
    assert not await letters(stack, told)


async def test_a_forged_header_clears_nothing_and_hides_nothing(stack: Stack, told: Teller) -> None:
    """Without the token, an accepted event leaves the dead letter alone, and a refused one is its own."""
    victim = teller()
    [letter] = await buried(stack, victim, b"hello")
    forged = Name(letter["id"], str(uuid4())).header
    event = told.tell(FrictionMet(what="lost"))
    await buried(stack, told, b"world", headers=[forged])
    await send(stack, told, event.body, headers=[forged])
    await journalled(stack, told, event.id)
    assert await letters(stack, victim) == [letter]


async def test_new_dead_letters_are_counted_in_the_log_and_their_contents_are_not_there(
    stack: Stack, told: Teller, caplog: pytest.LogCaptureFixture
) -> None:
    """A warning per batch says how many were refused and why; of whom, it does not say."""
    with caplog.at_level(logging.WARNING, "egard.projector"):
        await buried(stack, told, b"secret", broken(told.tell(FrictionMet(what="lost"))), b"secret")
    said = [one.getMessage() for one in caplog.records if "kept as dead letters" in one.getMessage()]
    assert sum(int(one.split(": ")[1].split()[0]) for one in said) == 3
    assert "not_json" in "".join(said)
    assert "data_invalid 1" in "".join(said)
    assert "secret" not in caplog.text
    assert told.customer not in caplog.text


# ------------------------------------------------------------------------- in whatever batches


@pytest.mark.parametrize("size", [1, 2, 3, 10])
async def test_batches_change_nothing(pool: Pool, strategy: Strategy, size: int) -> None:
    """What is cleared and what is kept follows from the order of the records, not from how they are cut."""
    told = Teller("anna", source="/crm")
    early, late = told.tell(FrictionMet(what="lost")), told.tell(FrictionMet(what="lost"))
    values = [
        broken(early),  # corrected by what comes next
        early.body,
        late.body,
        broken(late),  # comes after the good one: nothing corrects it
        late.body,
        b"hello",
    ]
    engine = await started(pool, strategy)
    now = int(datetime.now(UTC).timestamp() * 1000)
    records = [Record(offset, b"k", value, (), now) for offset, value in enumerate(values)]
    for start in range(0, len(records), size):
        await engine.apply(prepare(0, start, records[start : start + size]), 0)
    rows = await pool.fetch("select kafka_offset, reason from dead_letters order by id")
    assert [tuple(row) for row in rows] == [(3, "data_invalid"), (5, "not_json")]


async def started(pool: Pool, strategy: Strategy) -> Engine:
    """An engine at the beginning of partition 0."""
    await positions.load(pool, INTERACTIONS, [0])
    return Engine(pool, strategy, INTERACTIONS)


@pytest.mark.parametrize("together", [True, False])
async def test_two_copies_of_one_redriven_record_are_one_dead_letter(
    pool: Pool, strategy: Strategy, together: bool
) -> None:
    """Of a reused id, sent again twice, there is one row, whether the copies come in one batch or in two."""
    told = Teller("anna", source="/crm")
    owner = told.tell(FrictionMet(what="lost"), id="1")
    second = told.tell(FrictionMet(what="no_phone"), id="1")
    engine = await started(pool, strategy)
    now = int(datetime.now(UTC).timestamp() * 1000)
    first = [Record(0, b"k", owner.body, (), now), Record(1, b"k", second.body, (), now)]
    await engine.apply(prepare(0, 0, first), 0)
    [letter] = await pool.fetch("select * from dead_letters")
    header = [Name(letter["id"], str(letter["token"])).header]
    again = [Record(2, b"k", second.body, header, now), Record(3, b"k", second.body, header, now)]
    for some in [again] if together else [again[:1], again[1:]]:
        await engine.apply(prepare(0, some[0].offset, some), 0)
    [still] = await pool.fetch("select * from dead_letters")
    assert (still["id"], still["reason"]) == (letter["id"], "id_reused")
    assert still["attempts"] == (2 if together else 3)


async def test_a_redriven_record_is_settled_beside_its_own_original(pool: Pool, strategy: Strategy) -> None:
    """Where a publisher repeats a reused id in the batch in which it is redriven, both copies are seen to."""
    told = Teller("anna", source="/crm")
    owner = told.tell(FrictionMet(what="lost"), id="1")
    second = told.tell(FrictionMet(what="no_phone"), id="1")
    engine = await started(pool, strategy)
    now = int(datetime.now(UTC).timestamp() * 1000)
    first = [Record(0, b"k", owner.body, (), now), Record(1, b"k", second.body, (), now)]
    await engine.apply(prepare(0, 0, first), 0)
    [letter] = await pool.fetch("select * from dead_letters")
    header = [Name(letter["id"], str(letter["token"])).header]
    again = [Record(2, b"k", second.body, (), now), Record(3, b"k", second.body, header, now)]
    await engine.apply(prepare(0, 2, again), 0)
    rows = await pool.fetch("select kafka_offset, attempts from dead_letters order by id")
    assert [tuple(row) for row in rows] == [(1, 2), (2, 1)]


async def test_a_place_may_come_again(pool: Pool, strategy: Strategy) -> None:
    """A topic that was made anew counts from nought: what is refused at an old place is kept as well."""
    now = int(datetime.now(UTC).timestamp() * 1000)
    for value in (b"old", b"new"):
        engine = await started(pool, strategy)
        await engine.apply(prepare(0, 0, [Record(0, b"k", value, (), now)]), 0)
        await pool.execute("delete from positions")
    rows = await pool.fetch("select value from dead_letters order by id")
    assert [row["value"] for row in rows] == [b"old", b"new"]


async def test_dead_letters_expire(pool: Pool, strategy: Strategy, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock deletes, slice by slice, what was last refused more than 30 days ago, and nothing younger."""
    monkeypatch.setattr(clocks, "_SOME", 2)
    for days in (31, 40, 30.1, 29.9, 0):
        await keep(pool, None, str(days).encode(), days_ago=days)

    class Context:
        def __init__(self) -> None:
            self.pool = pool
            self.strategy = strategy

    context: Any = Context()
    clock = clocks.Clock(context)
    assert [await clock.expire_dead_letters(datetime.now(UTC)) for _ in range(3)] == [2, 1, 0]
    rows = await pool.fetch("select value from dead_letters order by id")
    assert [row["value"] for row in rows] == [b"29.9", b"0"]
