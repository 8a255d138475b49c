"""`egard customer`, with every service running: what an operator says of a person, and what then is."""

import json
import os
import stat
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, TopicPartition

from events import ContactRetold, CustomerLinked, Event, PromiseMade, RecognitionRemembered
from services.cli.customer import erase, export, link, show, unlink
from services.embedded import EmbeddedBroker
from services.runtime.database import Pool
from services.runtime.errors import Fatal
from services.runtime.kafka import INTERACTIONS, MACHINE, PROMPTS, RELATIONSHIPS
from tests.integration.as_of.telling import go_round
from tests.integration.identity.test_erasure import left
from tests.integration.identity.told import NOW, told
from tests.processes import egard
from tests.stack import Stack, running, until


@pytest_asyncio.fixture
async def broker() -> AsyncIterator[EmbeddedBroker]:
    """A broker with our topics."""
    async with EmbeddedBroker() as broker:
        await broker.touch([INTERACTIONS, RELATIONSHIPS, PROMPTS, MACHINE])
        yield broker


@pytest_asyncio.fixture
async def stack(
    broker: EmbeddedBroker, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stack]:
    """Every service, where the commands look for them."""
    monkeypatch.setenv("EGARD_DATABASE", database_url)
    monkeypatch.setenv("EGARD_KAFKA", broker.address)
    async with running(broker.address, database_url, embedded=True) as stack:
        yield stack


def life() -> list[Event]:
    """A short life under two ids, with a promise overdue and a reason told again and again."""
    overdue = PromiseMade(promise_id="p", what="a secret of hers", due=NOW - timedelta(hours=1))
    return [
        told("visitor:7", 9, overdue),
        *(told("anna", hours, ContactRetold(contact_id="c", reason="a secret of hers")) for hours in (4, 3)),
        told("friend", 2, RecognitionRemembered(what="his boat")),
    ]


async def publish(stack: Stack, *events: Event) -> None:
    """Publishes events over HTTP, and waits until they are in the journal."""
    assert (await stack.post(events)).status_code == 202

    async def there() -> bool:
        return {event.id for event in events} <= set(await stack.journal("/test"))

    await until(there)


async def settled(stack: Stack) -> bool:
    """Whether all that was decided is published, and read again."""
    [row] = await stack.fetch("select (select count(*) from causes) + (select count(*) from outbox) as rest")
    ends = await latest(stack, INTERACTIONS)
    rows = await stack.fetch("select kafka_partition, next_offset from positions")
    return row["rest"] == 0 and all(row["next_offset"] >= ends[row["kafka_partition"]] for row in rows)


async def latest(stack: Stack, topic: str) -> dict[int, int]:
    """The end of each partition of a topic."""
    async with AIOKafkaConsumer(bootstrap_servers=stack.context.settings.kafka) as consumer:
        places = [TopicPartition(topic, number) for number in range(4)]
        return {place.partition: end for place, end in (await consumer.end_offsets(places)).items()}


async def announced(stack: Stack) -> dict[str, Any]:
    """What a reader of the compacted topic knows: the latest value of each key."""
    found: dict[str, Any] = {}
    async with AIOKafkaConsumer(
        RELATIONSHIPS, bootstrap_servers=stack.context.settings.kafka, auto_offset_reset="earliest"
    ) as consumer:
        ends = await latest(stack, RELATIONSHIPS)
        while any(
            [await consumer.position(place) < ends[place.partition] for place in consumer.assignment()]
        ):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for one in records:
                    found[one.key.decode()] = None if one.value is None else json.loads(one.value)
    return found


async def count(stack: Stack) -> int:
    """How many events of operators the journal has."""
    return len(await stack.journal("/egard/cli"))


async def test_two_ids_are_linked_and_unlinked_by_command(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once the command returns, every answer is of both; again, it adds nothing; unlinked, all is back."""
    await publish(stack, *life())
    before = await stack.get("/v1/customers/anna/relationship")
    assert await link("visitor:7", "anna") == 0
    assert "anna and visitor:7 are one person, known as anna." in capsys.readouterr().out
    for path in ("relationship", "explanation", "timeline", "promises", "curve"):
        found = await stack.get(f"/v1/customers/visitor:7/{path}")
        assert (found["customer"], found["canonical"], found["aliases"]) == (
            "visitor:7",
            "anna",
            ["visitor:7"],
        )
    listed = (await stack.get("/v1/relationships"))["relationships"]
    assert [one["customer"] for one in listed] == ["anna", "friend"]
    page = (await stack.http.get("/customers/anna")).text
    assert '<a href="/customers/visitor%3A7">visitor:7</a>' in page
    assert await link("anna", "visitor:7") == 0
    assert await count(stack) == 1
    heard = await announced(stack)
    assert heard["visitor:7"]["canonical"] == "anna"
    assert heard["visitor:7"]["health"] == heard["anna"]["health"]
    assert await unlink("anna", "visitor:7") == 0
    after = await stack.get("/v1/customers/anna/relationship")
    assert after["health"] == pytest.approx(before["health"], abs=1e-3)
    assert (after["canonical"], after["aliases"]) == ("anna", [])


async def test_a_link_since_a_time_is_the_same_event_however_often_it_is_said(stack: Stack) -> None:
    """With `--at`, the event's id and time follow from what is said: repeating changes nothing."""
    at = (NOW - timedelta(days=3)).isoformat()
    await publish(stack, *life())
    assert await link("anna", "visitor:7", at=at) == 0
    assert await link("visitor:7", "anna", at=at) == 0
    assert await count(stack) == 1
    assert await stack.fetch("select 1 from dead_letters") == []
    assert await unlink("anna", "visitor:7", at=(NOW - timedelta(days=4)).isoformat()) == 1


async def test_a_person_is_shown_by_any_id(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    """Band, health, promises and last events of all ids, in words or as JSON."""
    await publish(stack, *life())
    await link("anna", "visitor:7")
    capsys.readouterr()
    await show("visitor:7", events=3)
    text = capsys.readouterr().out
    assert text.startswith("visitor:7 (the same person as anna)\n")
    assert "overdue     a secret of hers" in text
    assert len(text.partition("Last events\n")[2].splitlines()) == 3
    await show("anna", json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["reading"]["aliases"] == ["visitor:7"]
    assert [one["promise_id"] for one in found["promises"]] == ["p"]
    with pytest.raises(Fatal, match="No customer called 'nobody'"):
        await show("nobody")


async def test_an_export_has_everything_that_is_held(stack: Stack, tmp_path: Path) -> None:
    """Each event, what follows from them, and what was refused: in one JSON file for its owner alone."""
    tale = life()
    await publish(stack, *tale)
    await link("anna", "visitor:7")
    await stack.produce(tale[0].body.replace(b'"what"', b'"that"'), key="visitor:7")
    await until(lambda: stack.fetch("select 1 from dead_letters"))
    await until(lambda: settled(stack))
    await go_round(stack.context.pool, stack.context.strategy)
    file = tmp_path / "anna.json"
    await export("anna", out=file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    found = json.loads(file.read_text())
    bodies = [one["event"] for one in found["events"]]
    assert [json.loads(event.body) for event in tale[:3]] == [
        one for one in bodies if one["source"] == "/test"
    ]
    assert (found["canonical"], found["aliases"]) == ("anna", ["visitor:7"])
    assert found["matters"]["promises"][0]["made"]["what"] == "a secret of hers"
    assert {one["trigger"] for one in found["prompts"]} >= {"retold", "promise_overdue"}
    given = [one for one in found["prompts"] if one["brief"] is not None]
    assert given
    assert all(type(one["brief"]) is dict and type(one["episodes"]) is list for one in given)
    assert [one["subject"] for one in found["dead_letters"]] == ["visitor:7"]
    assert [one["customer"] for one in found["relationships"]] == ["anna", "visitor:7"]
    assert {one["customer"] for one in found["history"]} == {"anna", "visitor:7"}
    assert "friend" not in file.read_text()
    with pytest.raises(Fatal, match="File exists"):
        await export("anna", out=file)


async def test_who_is_erased_is_gone_and_a_replay_of_the_topic_brings_nothing_back(
    broker: EmbeddedBroker, pool: Pool, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the second sweep no table holds her; read again from the beginning, the topic changes nothing."""
    monkeypatch.setenv("EGARD_DATABASE", database_url)
    monkeypatch.setenv("EGARD_KAFKA", broker.address)
    async with running(broker.address, database_url, embedded=True) as stack:
        audit = await erase_her(stack, pool)
    before = await pool.fetch("select customer, identity from journal order by 1, 2")
    await pool.execute("delete from positions")
    # The embedded broker makes a second member of a group wait for nine seconds.
    monkeypatch.setattr("services.projector.service.GROUP", "another")
    async with running(broker.address, database_url, embedded=True) as again:
        await until(lambda: settled(again))
        assert await pool.fetchval("select sum(next_offset) from positions") > len(before)
        assert await left(pool, HER) == {}
        assert await pool.fetch("select customer, identity from journal order by 1, 2") == before
        rows = [dict(row) for row in await pool.fetch("select rows, finished_at from erasures")]
        assert rows == [audit]


HER = ["anna", "visitor:7", "a secret of hers"]


async def erase_her(stack: Stack, pool: Pool) -> dict[str, Any]:
    """A life that is erased by command, and what comes of her later; returns what remains of it."""
    await publish(stack, *life(), told("anna", 1, CustomerLinked(alias="visitor:7")))
    await stack.produce(b'{"subject": "anna", "a secret of hers"', key="k")
    await until(lambda: stack.fetch("select 1 from dead_letters"))
    await until(lambda: settled(stack))
    assert (await left(pool, HER)).keys() >= {"journal", "prompts", "relationships", "dead_letters", "links"}
    assert await erase("visitor:7", yes=True) == 0
    assert await left(pool, HER) == {}
    [audit] = await pool.fetch("select rows, finished_at from erasures")
    assert audit["rows"] > 10
    assert isinstance(audit["finished_at"], datetime)
    heard = await announced(stack)
    assert (heard["anna"], heard["visitor:7"]) == (None, None)
    assert heard["friend"] is not None
    assert (await stack.http.get("/v1/customers/anna/relationship")).status_code == 404
    assert await erase("anna", yes=True) == 0  # said again, it is as it was
    with pytest.raises(Fatal, match="was erased"):
        await link("anna", "friend")
    late = told("anna", 0, RecognitionRemembered(what="a secret of hers"))
    assert (await stack.post([late])).status_code == 202
    await publish(stack, told("friend", 0, RecognitionRemembered(what="his dog")))
    await until(lambda: settled(stack))
    assert await left(pool, HER) == {}
    return dict(audit)


async def test_erasing_an_id_that_nobody_has_says_that_nothing_was_kept(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who mistypes an id hears that nothing was there, and does not believe the person gone."""
    assert await erase("ana", yes=True) == 0
    said = capsys.readouterr()
    assert "0 rows" in said.out
    assert said.err.startswith("Nothing was kept of ana. ")


async def test_erasing_asks_first(database_url: str) -> None:
    """Without a terminal to ask at, and without `--yes`, nothing is erased: one sentence, exit code 1."""
    where = {"EGARD_DATABASE": database_url, "EGARD_KAFKA": "127.0.0.1:1"}
    code, said = await egard("customer", "erase", "anna", environment={**os.environ, **where})
    assert code == 1
    assert said.strip() == (
        "egard: Erasing cannot be undone: at a terminal this asks first, elsewhere it needs --yes."
    )


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [("anna", "anna", "'anna' is one"), ("anna", "agent:lea", "customers or visitors")],
)
async def test_what_is_no_link_is_not_published(one: str, other: str, why: str) -> None:
    """Nobody is linked with themselves, or with an agent."""
    with pytest.raises(Fatal, match=why):
        await link(one, other)
