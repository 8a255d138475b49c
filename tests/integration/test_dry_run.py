"""A dry run says what publishing would do, which is what publishing then does; and it does nothing itself."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, TopicPartition
from litestar.exceptions import ClientException

from events import (
    ContactAnswered,
    ContactMissed,
    ContactRetold,
    Data,
    Event,
    PromiseKept,
    PromiseMade,
    RecognitionOverlooked,
    RecognitionRemembered,
    RecordContested,
    TeamShiftStarted,
)
from services.embedded import EmbeddedBroker, EmbeddedDatabase
from services.gateway import dry_run as module
from services.gateway.dry_run import dry_run
from services.gateway.intake import Intake, Recent
from services.runtime.kafka import INTERACTIONS, MACHINE, PROMPTS, RELATIONSHIPS
from tests.conftest import fresh_database
from tests.stack import Stack, Teller, running, until

SAME = 1e-9
FIGURES = ("health", "recognition", "responsiveness", "confidence", "trend")

HOUR = 3600.0
DAY = 24 * HOUR


@pytest_asyncio.fixture(scope="module")
async def stack(database_server: EmbeddedDatabase) -> AsyncIterator[Stack]:
    """One stack for the module: each test has customers of its own."""
    async for url in fresh_database(database_server):
        async with EmbeddedBroker() as broker:
            await broker.touch([INTERACTIONS, RELATIONSHIPS, PROMPTS, MACHINE])
            async with running(broker.address, url, embedded=True) as stack:
                yield stack


async def tried(stack: Stack, *bodies: bytes, now: datetime | None = None) -> dict[str, Any]:
    """The answer of a dry run."""
    now = now or datetime.now(UTC)
    intake = Intake(now, Recent())
    intake.take(bodies)
    return await dry_run(stack.context.pool, stack.context.strategy, intake.items, intake.problems, now)


async def published(stack: Stack, events: Sequence[Event]) -> None:
    """Publishes events, and waits until all that follows from them is decided."""
    before = await stack.fetch(_COUNT)
    answer = await stack.post(events)
    assert answer.json() == {"accepted": len(events)}
    await until(lambda: _quiet(stack, before[0]["count"] + len(events)))


_COUNT = "select count(*) from journal where type !~ 'outreach'"

_QUIET = f"""
    select ({_COUNT}) = $1
        and not exists (select from causes)
        and not exists (select from outbox)
        and not exists (select from deadlines where due <= now())
        and not exists (
            select from prompts
            where not exists (
                select from journal
                where journal.customer = prompts.customer
                    and strpos(convert_from(body, 'UTF8'), prompts.prompt_id) > 0
            )
        )
        and not exists (
            select from prompts
            where state in ('held', 'open', 'snoozed') and revision is distinct from (
                select sum(revision)
                from relationships
                where relationships.customer = any (array[prompts.customer] || coalesce(subjects, '{{}}'))
            )
        )
"""  # noqa: S608 - made of constants


async def _quiet(stack: Stack, count: int) -> bool:
    """Whether all is folded and decided, every prompt's event has come back, and it was looked at since."""
    return bool(await stack.context.pool.fetchval(_QUIET, count))


def due(ago: float) -> datetime:
    """A due so many seconds ago."""
    return datetime.now(UTC) - timedelta(seconds=ago)


# ------------------------------------------------------------------------ beside what really happens


def _past(town: str) -> list[Event]:
    retold, fallen, kept, contest = (
        Teller(f"{name} of {town}") for name in ("retold", "fallen", "kept", "contest")
    )
    return [
        retold.tell(ContactRetold(contact_id="1", reason="the bill"), ago=2 * HOUR),
        *(fallen.tell(RecognitionRemembered(what="her dog"), ago=30 * DAY) for _ in range(2)),
        *(
            fallen.tell(ContactAnswered(contact_id=str(n), by="human", waited_s=10), ago=30 * DAY)
            for n in range(2)
        ),
        kept.tell(PromiseMade(promise_id="p", what="call", due=due(-DAY)), ago=HOUR),
        contest.tell(ContactMissed(contact_id="call", cause="rang_out"), ago=20 * DAY),
        contest.tell(PromiseMade(promise_id="late", what="call", due=due(HOUR)), ago=HOUR),
    ]


def _new(town: str) -> list[Event]:
    retold, stale, late, fallen, soon, kept, contest = (
        Teller(f"{name} of {town}", source="/new")
        for name in ("retold", "stale", "late", "fallen", "soon", "kept", "contest")
    )
    return [
        retold.tell(ContactRetold(contact_id="2", reason="the bill"), ago=HOUR),
        retold.tell(ContactRetold(contact_id="3", reason="the bill")),
        *(stale.tell(ContactRetold(contact_id="1", reason="the bill"), ago=3 * DAY) for _ in range(2)),
        late.tell(PromiseMade(promise_id="late", what="write", due=due(HOUR)), ago=2 * HOUR),
        late.tell(PromiseMade(promise_id="long ago", what="write", due=due(5 * DAY)), ago=6 * DAY),
        *(fallen.tell(RecognitionOverlooked(how="cold"), ago=HOUR) for _ in range(9)),
        *(fallen.tell(ContactMissed(contact_id=one, cause="busy"), ago=HOUR) for one in ("a", "b")),
        soon.tell(PromiseMade(promise_id="soon", what="come", due=due(-DAY)), ago=HOUR),
        kept.tell(PromiseKept(promise_id="p")),
        contest.tell(RecordContested(about="call")),
    ]


async def test_what_a_dry_run_says_is_what_publishing_does(stack: Stack) -> None:
    """Readings before and after, prompts with their sentences, and deadlines: all as they then come about."""
    await published(stack, _past("Lyon"))
    events = _new("Lyon")
    already = {row["prompt_id"] for row in await stack.fetch("select prompt_id from prompts")}
    answer = await tried(stack, *(event.body for event in events))
    said = {one["customer"].removesuffix(" of Lyon"): one for one in answer["customers"]}
    assert set(said) == {"retold", "stale", "late", "fallen", "soon", "kept", "contest"}
    for customer in said.keys() - {"stale", "late", "soon"}:
        await _same_reading(stack, said[customer], "before")
    await published(stack, events)
    for one in said.values():
        await _same_reading(stack, one, "after")
        for name in FIGURES:
            assert one["change"][name] == pytest.approx(one["after"][name] - one["before"][name], abs=SAME)
    rows = await stack.fetch("select * from prompts")
    assert sorted(_predicted(answer), key=str) == sorted(
        (_written(row) for row in rows if row["prompt_id"] not in already), key=str
    )
    assert {(one["trigger"], one["outcome"], one["reason"]) for one in _prompts(answer)} >= {
        ("retold", "prompt", None),
        ("retold", "joined", None),
        ("retold", "withheld", "stale"),
        ("promise_overdue", "prompt", None),
        ("promise_overdue", "withheld", "stale"),
        ("promise_overdue", "nothing", "decided_already"),
        ("band_fallen", "prompt", None),
    }
    waiting = await stack.fetch(
        "select matter_id, due from deadlines where customer like '%Lyon' and trigger = 'promise_overdue'"
    )
    assert [(row["matter_id"], row["due"]) for row in waiting] == [
        ("soon", datetime.fromisoformat(said["soon"]["deadlines"][0]["overdue_at"]))
    ]
    assert said["kept"]["no_longer_owed"] == ["p"]


async def _same_reading(stack: Stack, said: dict[str, Any], which: str) -> None:
    path = f"/v1/customers/{quote(said['customer'])}/relationship"
    found = await stack.get(path, params={"at": said["taken_at"]})
    for name in FIGURES:
        assert said[which][name] == pytest.approx(found[name], abs=SAME), (said["customer"], which, name)
    assert (said[which]["band"], said[which]["known"]) == (found["band"], found["known"])


def _prompts(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for customer in answer["customers"] for one in customer["prompts"]]


def _predicted(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {**one, "at": datetime.fromisoformat(one["at"])}
        for one in _prompts(answer)
        if one["outcome"] in ("prompt", "withheld")
    ]


def _written(row: Any) -> dict[str, Any]:
    return {
        "trigger": row["trigger"],
        "outcome": "withheld" if row["withheld"] else "prompt",
        "reason": row["withheld"],
        "deliver_at": row["deliver_at"],
        "prompt_id": row["prompt_id"],
        "episode": row["episode"],
        "at": row["cause_at"],
        "priority": row["priority"],
        "minutes": row["minutes"],
        **msgspec.json.decode(row["facts"]),
    }


async def test_a_dry_run_leaves_every_table_and_topic_as_it_was(stack: Stack) -> None:
    """Whatever it tries out, nothing is written anywhere and nothing is sent."""
    await published(stack, _past("Nice"))
    await _announced(stack)
    before, events = await _everything(stack), _new("Nice")
    answer = await tried(stack, *(event.body for event in events), b"hello")
    assert (answer["accepted"], len(answer["refused"])) == (len(events), 1)
    assert await _everything(stack) == before


async def _everything(stack: Stack) -> dict[str, Any]:
    tables = await stack.fetch(
        "select quote_ident(table_name) as name from information_schema.tables where table_schema = 'public'"
    )
    found: dict[str, Any] = {}
    for name in (row["name"] for row in tables):
        rows = await stack.fetch(f"select to_jsonb(one)::text as row from {name} as one order by 1")  # noqa: S608
        found[name] = [row["row"] for row in rows]
    async with consuming(stack) as consumer:
        found["topics"] = sorted((await consumer.end_offsets(consumer.assignment())).items())
    return found


@asynccontextmanager
async def consuming(stack: Stack, *topics: str) -> AsyncIterator[AIOKafkaConsumer]:
    """Somebody who reads topics, all of ours where none is named, from their beginning."""
    consumer = AIOKafkaConsumer(bootstrap_servers=stack.context.settings.kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        wanted = topics or (INTERACTIONS, RELATIONSHIPS, PROMPTS)
        consumer.assign([TopicPartition(topic, number) for topic in wanted for number in range(4)])
        yield consumer
    finally:
        await consumer.stop()


async def _announced(stack: Stack) -> None:
    """Waits until the last reading of every customer was announced."""
    heard: dict[str, int] = {}
    async with consuming(stack, RELATIONSHIPS) as consumer:

        async def look() -> bool:
            for records in (await consumer.getmany(timeout_ms=100)).values():
                for record in records:
                    heard[record.key.decode()] = msgspec.json.decode(record.value)["revision"]
            rows = await stack.fetch("select customer, revision from relationships")
            return heard == {row["customer"]: row["revision"] for row in rows}

        await until(look)


# --------------------------------------------------------------------------------- event by event


async def test_a_repetition_is_accepted_and_changes_nothing(stack: Stack) -> None:
    """What the journal holds, and what the request says twice, counts once."""
    told = Teller("anna")
    known, new = told.tell(RecognitionRemembered(what="x")), told.tell(RecognitionRemembered(what="y"))
    await published(stack, [known])
    now = datetime.now(UTC)
    answer = await tried(stack, known.body)
    assert [one["new"] for one in answer["events"]] == [False]
    [anna] = answer["customers"]
    assert anna["before"] == anna["after"]
    assert {anna["change"][name] for name in FIGURES} == {0.0}
    again = await tried(stack, new.body, known.body, new.body, now=now)
    assert [(one["id"], one["new"]) for one in again["events"]] == [
        ("anna-2", True),
        ("anna-1", False),
        ("anna-2", False),
    ]
    assert again["customers"] == (await tried(stack, new.body, now=now))["customers"]


async def test_an_id_that_the_journal_gave_to_another_event_is_refused(stack: Stack) -> None:
    """What publishing would only find out later, as a dead letter, a dry run says at once."""
    known = Teller("carl").tell(RecognitionRemembered(what="x"))
    await published(stack, [known])
    other = Teller("carl").tell(RecognitionOverlooked(how="cold"))
    fine = Teller("ben").tell(RecognitionOverlooked(how="cold"))
    answer = await tried(stack, b"hello", other.body, fine.body)
    assert [(one["index"], one["reason"]) for one in answer["refused"]] == [(0, "not_json"), (1, "id_reused")]
    assert [one["index"] for one in answer["events"]] == [2]
    assert [one["customer"] for one in answer["customers"]] == ["ben"]


async def test_a_slip_in_a_type_is_pointed_out_before_anything_is_sent(stack: Stack) -> None:
    """A type that looks like ours and is not is named, as publishing names it."""
    fine = Teller("dora").tell(RecognitionRemembered(what="x"))
    slip = fine.body.replace(b"recognition.remembered", b"recognition.rememberd")
    assert (await tried(stack, slip))["unknown_types"] == ["egard.recognition.rememberd"]
    assert "unknown_types" not in await tried(stack, fine.body)


async def test_nobody_learns_how_an_agent_fares(stack: Stack) -> None:
    """Events of the team are checked, and have no reading."""
    answer = await tried(stack, Teller("agent:eve").tell(TeamShiftStarted()).body)
    assert (answer["accepted"], answer["customers"]) == (1, [])


async def test_a_fall_on_the_day_of_another_is_the_same_fall(stack: Stack) -> None:
    """Nobody is prompted a second time for the same reason."""
    told = Teller("dora")
    good: Data = RecognitionRemembered(what="x")
    bad: Data = RecognitionOverlooked(how="cold")
    await published(stack, [told.tell(good, ago=30 * DAY) for _ in range(4)])
    await published(stack, [told.tell(bad) for _ in range(9)])
    await published(stack, [told.tell(good) for _ in range(40)])
    answer = await tried(stack, *(told.tell(bad).body for _ in range(40)))
    assert answer["customers"][0]["change"]["band"] == "strained"
    assert [(one["trigger"], one["outcome"], one["reason"]) for one in _prompts(answer)] == [
        ("band_fallen", "nothing", "decided_already")
    ]


# ---------------------------------------------------------------------------------------- bounds


@pytest.mark.parametrize(
    ("bound", "sentence"),
    [
        ("MAX_EVENTS", "The request has 4 events; a dry run takes at most 1."),
        ("MAX_CUSTOMERS", "The request is about 2 customers; a dry run takes at most 1."),
        ("MAX_HISTORY", "These customers have 2 events behind them; a dry run looks at 1 at most."),
        ("MAX_HISTORY_BYTES", r"These customers' events take \d+ bytes; a dry run looks at 1 at most."),
    ],
)
async def test_too_much_is_refused_with_the_bound(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, bound: str, sentence: str
) -> None:
    """A request that would take too much memory or time is told how much is looked at."""
    tellers = [Teller(f"{name} under {bound}") for name in ("emil", "fred")]
    await published(stack, [told.tell(RecognitionRemembered(what="x")) for told in tellers])
    monkeypatch.setattr(module, bound, 1)
    with pytest.raises(ClientException, match=sentence) as raised:
        await tried(stack, *(told.tell(RecognitionRemembered(what="y")).body for told in tellers * 2))
    assert raised.value.status_code == 413
