"""The oracle can fail: where nothing is wrong it says nothing, and whatever is planted it finds."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from copy import copy
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

import asyncpg
import msgspec
import pytest
import pytest_asyncio

from events import (
    ComplaintRaised,
    Data,
    Event,
    PreferenceSet,
    PromiseMade,
    PromiseRenegotiated,
    RecognitionRemembered,
    TeamShiftEnded,
    TeamShiftStarted,
    identity,
    make,
)
from projections.strategy import Strategy
from services.embedded import EmbeddedBroker, EmbeddedDatabase
from services.runtime.kafka import INTERACTIONS, MACHINE, PROMPTS, RELATIONSHIPS
from tests.chaos import agents
from tests.chaos.found import Found, Journalled, Numbers, look
from tests.chaos.oracle import judge
from tests.chaos.oracle.known import Known
from tests.chaos.oracle.prompts import of_promises
from tests.chaos.plan import batches
from tests.chaos.record import Record
from tests.chaos.waiting import quiet
from tests.conftest import fresh_database
from tests.stack import Stack, running

AGO = timedelta(seconds=120)
"""How long ago the story began: promises that were due at once are overdue, and nothing is held any more."""


class Told(NamedTuple):
    """A stack to which a story was told, without any fault."""

    stack: Stack
    database: str
    kafka: str
    record: Record

    async def found(self) -> Found:
        """What is there."""
        return await look(self.database, self.kafka, self.stack.http, self.record)


@pytest_asyncio.fixture(scope="module")
async def told(database_server: EmbeddedDatabase) -> AsyncIterator[Told]:
    """Services that were told of some hundred events, and agents who have worked."""
    record = Record()
    async for database in fresh_database(database_server):
        async with EmbeddedBroker() as broker:
            await broker.touch([INTERACTIONS, RELATIONSHIPS, PROMPTS, MACHINE])
            async with running(broker.address, database, embedded=True) as stack:

                async def tell(events: Sequence[Event]) -> None:
                    record.sends(events)
                    await stack.post(events)
                    record.acknowledges(events)

                await tell(_while_nobody_is_there())
                await quiet(database, broker.address)
                for batch in islice(batches(11, datetime.now(UTC) - AGO, 30), 130):
                    await tell(batch.events)
                await quiet(database, broker.address)
                evening = asyncio.Event()
                asyncio.get_running_loop().call_later(4, evening.set)
                await agents.work(record, desk=str(stack.http.base_url), seed=1, until=evening)
                await quiet(database, broker.address)
                yield Told(stack, database, broker.address, record)


def _while_nobody_is_there() -> list[Event]:
    """A complaint of somebody who takes either: a machine sees to it at once, and a person is promised."""
    said: tuple[tuple[str, Data], ...] = (
        ("agent:agent-0", TeamShiftStarted()),
        ("agent:agent-0", TeamShiftEnded()),
        ("wishing", PreferenceSet(contact_by="either")),
        ("wishing", ComplaintRaised(complaint_id="k")),
    )
    began = datetime.now(UTC) - 2 * AGO
    return [
        make(
            data, subject=subject, source="/crm", id=f"first{number}", time=began + timedelta(seconds=number)
        )
        for number, (subject, data) in enumerate(said)
    ]


@pytest_asyncio.fixture(scope="module")
async def found(told: Told) -> Found:
    """What is there."""
    return await told.found()


def test_where_nothing_is_wrong_it_says_nothing(told: Told, found: Found, strategy: Strategy) -> None:
    """Of a run without faults, with prompts, actions, links and corrections, nothing is said."""
    assert judge(told.record, found, strategy) == []
    assert len(found.journal) > 500
    assert {row.trigger for row in found.prompts} >= {"promise_overdue", "retold", "band_fallen"}
    assert {None, "stale"} <= {row.withheld for row in found.prompts}
    assert sum(action.acknowledged for action in told.record.actions) > 5
    assert {one.topic for one in found.handed} == {PROMPTS, MACHINE}
    assert any(answer is not None and answer.aliases for answer in found.relationships.values())


def test_a_promise_that_an_agent_gave_another_date_need_not_prompt(strategy: Strategy) -> None:
    """One that is overdue has to; of which the desk told more, it may have been seen to before."""
    now = datetime.now(UTC)
    made = PromiseMade(promise_id="p", what="call", due=now - timedelta(minutes=5))
    anew = PromiseRenegotiated(promise_id="p", due=now + timedelta(days=1), agreed=True)
    begun = make(made, subject="anna", source="/crm", id="1", time=now - AGO)
    agreed = make(anew, subject="anna", source="/egard/desk", id="2", time=now)
    assert [one.kind for one in of_promises(Known([begun], strategy), now, "anna", {})] == ["prompt missing"]
    assert list(of_promises(Known([begun, agreed], strategy), now, "anna", {})) == []


# ------------------------------------------------------------------------------------ planted on paper


def a_lost_event(_: Record, found: Found) -> None:
    """The journal lacks an event that was acknowledged."""
    found.journal.remove(_published(found))


def a_doubled_event(_: Record, found: Found) -> None:
    """The journal has an event twice."""
    found.journal.append(_published(found))


def an_altered_event(_: Record, found: Found) -> None:
    """The journal has an event otherwise than it was sent."""
    row = _published(found)
    found.journal[found.journal.index(row)] = msgspec.structs.replace(row, body=row.body + b" ")


def a_stranger(record: Record, found: Found) -> None:
    """The journal has an event that nobody sent."""
    del record.sent[_name(_published(found))]


def a_dead_letter(_: Record, found: Found) -> None:
    """An event was refused on the topic."""
    found.dead_letters.append("data_invalid: no")


def a_full_outbox(_: Record, found: Found) -> None:
    """Something is still to be published."""
    found.outbox = 1


def a_wrong_reading(_: Record, found: Found) -> None:
    """A customer's health is off by a millionth."""
    found.relationships = {**found.relationships}
    _spoil(found.relationships)


def a_wrong_list(_: Record, found: Found) -> None:
    """A line of the list is off by a millionth."""
    found.listed[0] = _off(found.listed[0])


def a_forgotten_promise(_: Record, found: Found) -> None:
    """A ledger lacks a promise."""
    customer, ledger = next((who, one) for who, one in found.ledgers.items() if one and one.promises)
    found.ledgers = {
        **found.ledgers,
        customer: msgspec.structs.replace(ledger, promises=ledger.promises[1:]),
    }


def a_forgotten_customer(_: Record, found: Found) -> None:
    """Nobody has heard of a customer who has events."""
    found.relationships = {**found.relationships, next(iter(found.relationships)): None}


def a_missing_announcement(_: Record, found: Found) -> None:
    """The latest reading of a customer was never announced."""
    customer, answer = next((who, one) for who, one in found.relationships.items() if one is not None)
    found.announced = [
        (who, one)
        for who, one in found.announced
        if who != customer or (one is not None and one.revision < answer.revision)
    ]


def another_announcement(_: Record, found: Found) -> None:
    """Two readings were announced under one revision."""
    customer, one = next((who, one) for who, one in found.announced if one is not None)
    found.announced.append((customer, _off(one)))


def a_prompt_that_was_lost(_: Record, found: Found) -> None:
    """There is no prompt where a promise is overdue."""
    lost = next(
        row
        for row in found.prompts
        if row.trigger == "promise_overdue"
        and row.state == "open"
        and not row.actions
        and len(row.tells_of) == 1
    )
    found.prompts.remove(lost)
    found.journal = [row for row in found.journal if lost.prompt_id.encode() not in row.body]
    found.handed = [one for one in found.handed if one.prompt_id != lost.prompt_id]


def a_doubled_prompt(_: Record, found: Found) -> None:
    """One episode has two prompts."""
    found.prompts.append(msgspec.structs.replace(found.prompts[0], prompt_id="another"))


def a_prompt_told_twice(_: Record, found: Found) -> None:
    """Two events tell of one prompt."""
    row = _first(found, "egard.outreach.prompted")
    said = msgspec.json.decode(row.body)
    body = msgspec.json.encode({**said, "id": "again"})
    found.journal.append(msgspec.structs.replace(row, id="again", body=body))


def a_prompt_of_nothing(_: Record, found: Found) -> None:
    """A prompt stands for an event that there is not."""
    row = next(row for row in found.prompts if row.trigger == "retold")
    of_nothing = msgspec.structs.replace(row, rests_on=frozenset())
    found.prompts[found.prompts.index(row)] = of_nothing


def a_prompt_that_nobody_told_of(_: Record, found: Found) -> None:
    """A prompt was given, and no event tells of it."""
    found.journal.remove(_first(found, "egard.outreach.prompted"))


def a_complaint_that_nobody_was_told_of(_: Record, found: Found) -> None:
    """There is no prompt where a customer complained."""
    lost = next(
        row
        for row in found.prompts
        if row.trigger == "complaint_raised"
        and row.state == "open"
        and not row.actions
        and len(row.tells_of) == 1
    )
    found.prompts.remove(lost)
    found.journal = [row for row in found.journal if lost.prompt_id.encode() not in row.body]
    found.handed = [one for one in found.handed if one.prompt_id != lost.prompt_id]


def a_prompt_that_was_never_handed_over(_: Record, found: Found) -> None:
    """A prompt was given, and whoever reads the topic does not hear of it."""
    found.handed.remove(found.handed[0])


def a_prompt_in_other_hands(_: Record, found: Found) -> None:
    """What a machine was to see to stands where people look."""
    one = next(one for one in found.handed if one.topic == MACHINE)
    found.handed[found.handed.index(one)] = msgspec.structs.replace(one, topic=PROMPTS)


def a_prompt_handed_over_twice(_: Record, found: Found) -> None:
    """A prompt was handed over again, and otherwise."""
    found.handed.append(msgspec.structs.replace(found.handed[0], value=b"{}"))


def a_prompt_of_somebody_else(_: Record, found: Found) -> None:
    """A prompt was handed over as another customer's."""
    found.handed[0] = msgspec.structs.replace(found.handed[0], customer="nobody")


def a_person_whom_nobody_promised(_: Record, found: Found) -> None:
    """A person is to get in touch beside a machine, and no promise says so."""
    ours = "/egard/outreach"
    found.journal.remove(
        next(row for row in found.journal if (row.type, row.source) == ("egard.promise.made", ours))
    )


def a_person_who_will_not_come(_: Record, found: Found) -> None:
    """A person was promised, and the prompt does not know it."""
    row = next(row for row in found.prompts if row.person_due is not None)
    found.prompts[found.prompts.index(row)] = msgspec.structs.replace(row, person_due=None)


def praise_that_was_lost(_: Record, found: Found) -> None:
    """An agent was not told of praise."""
    found.journal.remove(_first(found, "egard.team.thanked"))


def thanks_for_nothing(_: Record, found: Found) -> None:
    """An agent was told of praise that nobody gave."""
    row = _first(found, "egard.team.thanked")
    body = msgspec.json.encode({**msgspec.json.decode(row.body), "id": "nothing"})
    found.journal.append(msgspec.structs.replace(row, id="nothing", body=body))


def a_lost_deadline(_: Record, found: Found) -> None:
    """Nothing waits for a promise to be overdue."""
    found.deadlines.remove(next(one for one in found.deadlines if one.trigger == "promise_overdue"))


def a_deadline_of_nothing(_: Record, found: Found) -> None:
    """Something waits for a promise that nobody made."""
    one = next(one for one in found.deadlines if one.trigger == "promise_due")
    found.deadlines.append(msgspec.structs.replace(one, matter_id="nothing"))


def a_lost_action(_: Record, found: Found) -> None:
    """What an agent did is no event."""
    found.journal.remove(_first(found, "egard.outreach.made"))


def a_doubled_action(_: Record, found: Found) -> None:
    """What an agent did once is two events."""
    row = _first(found, "egard.outreach.made")
    said = msgspec.json.decode(row.body)
    prompt, _number, count = said["id"].rpartition(":")
    again = f"{prompt}:{int(count) + 1}"
    body = msgspec.json.encode({**said, "id": again})
    found.journal.append(msgspec.structs.replace(row, id=again, body=body))


PLANTS: dict[Callable[[Record, Found], None], str] = {
    a_lost_event: "lost",
    a_doubled_event: "doubled",
    an_altered_event: "strange",
    a_stranger: "strange",
    a_dead_letter: "refused",
    a_full_outbox: "refused",
    a_wrong_reading: "reading",
    a_wrong_list: "reading",
    a_forgotten_promise: "reading",
    a_forgotten_customer: "reading",
    a_missing_announcement: "announcement",
    another_announcement: "announcement",
    a_prompt_that_was_lost: "prompt missing",
    a_doubled_prompt: "prompt doubled",
    a_prompt_told_twice: "prompt doubled",
    a_prompt_of_nothing: "prompt without reason",
    a_prompt_that_nobody_told_of: "prompt missing",
    a_complaint_that_nobody_was_told_of: "prompt missing",
    a_prompt_that_was_never_handed_over: "prompt missing",
    a_prompt_in_other_hands: "prompt without reason",
    a_prompt_handed_over_twice: "prompt doubled",
    a_prompt_of_somebody_else: "strange",
    a_person_whom_nobody_promised: "prompt missing",
    a_person_who_will_not_come: "prompt without reason",
    praise_that_was_lost: "thanks",
    thanks_for_nothing: "thanks",
    a_lost_deadline: "deadline",
    a_deadline_of_nothing: "deadline",
    a_lost_action: "action",
    a_doubled_action: "action",
}


@pytest.mark.parametrize("plant", PLANTS)
def test_what_is_planted_is_found(
    told: Told, found: Found, strategy: Strategy, plant: Callable[[Record, Found], None]
) -> None:
    """Whatever is made wrong in what was found is said, as what it is."""
    record, other = copy(told.record), copy(found)
    record.sent = dict(told.record.sent)
    other.journal, other.prompts, other.listed = [*found.journal], [*found.prompts], [*found.listed]
    other.announced, other.dead_letters = [*found.announced], [*found.dead_letters]
    other.handed, other.deadlines = [*found.handed], [*found.deadlines]
    plant(record, other)
    assert PLANTS[plant] in {one.kind for one in judge(record, other, strategy)}


def test_one_prompt_for_a_telling_is_one_whichever_event_it_was(
    told: Told, found: Found, strategy: Strategy
) -> None:
    """An earlier telling that arrives late makes another event the third: the prompt is told of both."""
    row = next(row for row in found.prompts if row.trigger == "retold")
    [event] = [
        one
        for one in found.journal
        if row.episode.endswith(identity(one.source, one.id).hex()) and one.subject == row.subject
    ]
    other = next(
        one
        for one in found.journal
        if (one.type, one.subject) == (event.type, event.subject)
        and _reason(one) == _reason(event)
        and one is not event
    )
    late = (row.subject, row.trigger, f"3:{identity(other.source, other.id).hex()}")
    same = copy(found)
    same.prompts = [
        msgspec.structs.replace(one, tells_of=one.tells_of | {late}) if one is row else one
        for one in found.prompts
    ]
    assert judge(told.record, same, strategy) == []
    second = msgspec.structs.replace(row, prompt_id="second", episode=late[2], tells_of=frozenset({late}))
    same.prompts = [*found.prompts, second]
    assert "prompt doubled" in {one.kind for one in judge(told.record, same, strategy)}


def _reason(row: Journalled) -> str:
    reason: str = msgspec.json.decode(row.body)["data"]["reason"]
    return reason


# ----------------------------------------------------------------------------- planted in the database


async def test_what_is_planted_in_the_database_is_found(told: Told, strategy: Strategy) -> None:
    """An event deleted, a prompt doubled and an event that was never folded are seen by way of the tables."""
    kept = (await told.found()).journal
    lost = next(row for row in kept if not row.source.startswith("/egard") and "guest" in row.subject)
    unfolded = make(
        RecognitionRemembered(what="her name"),
        subject=next(row.subject for row in kept if row.subject not in (lost.subject, "agent:")),
        source="/shop",
        id="never-folded",
        time=datetime.now(UTC) - timedelta(minutes=1),
    )
    told.record.sends([unfolded])
    told.record.acknowledges([unfolded])
    connection: Any = await asyncpg.connect(told.database)
    try:
        await connection.execute("delete from journal where body = $1", lost.body)
        await connection.execute(_DOUBLE)
        await connection.execute(_JOURNAL, *_row(unfolded))
    finally:
        await connection.close()
    said = {(one.kind, name) for one in judge(told.record, await told.found(), strategy) for name in _in(one)}
    assert ("lost", lost.subject) in said
    assert ("reading", unfolded.subject) in said
    assert ("prompt doubled", "") in said


_DOUBLE = """
insert into prompts (
    prompt_id, customer, trigger, episode, matter_id, state,
    cause_at, prompted_at, priority, minutes, strategy, facts, delivered_at
)
select
    'another', customer, trigger, episode, matter_id, state,
    cause_at, prompted_at, priority, minutes, strategy, facts, delivered_at
from prompts
where withheld is null
limit 1
"""
_JOURNAL = """
insert into journal (customer, identity, type, time, arrived, kafka_partition, kafka_offset, body)
values ($1, $2, $3, $4, $4, 0, 0, $5)
"""


def _row(event: Event) -> tuple[object, ...]:
    return event.subject, event.identity, event.type, event.time, event.body


def _in(violation: Any) -> list[str]:
    return ["", *(word.strip("(',:") for word in violation.what.split())]


def _published(found: Found) -> Journalled:
    return next(row for row in found.journal if not row.source.startswith("/egard"))


def _first(found: Found, kind: str) -> Journalled:
    ours = (row for row in found.journal if row.source.startswith("/egard"))
    return next(row for row in ours if row.type == kind)


def _name(row: Journalled) -> tuple[str, str, str]:
    return (row.subject, row.source, row.id)


def _off(one: Any) -> Any:
    return msgspec.structs.replace(one, health=one.health + 1e-6)


def _spoil(answers: dict[str, Any]) -> None:
    customer = next(who for who, answer in answers.items() if isinstance(answer, Numbers))
    answers[customer] = _off(answers[customer])
