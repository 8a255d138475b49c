"""`egard deadletters redrive`: sent again, what was refused is mended or stays, and is counted either way."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer

from events import Event, FrictionMet, Refused
from services.cli import deadletters as commands
from services.embedded import EmbeddedBroker
from services.projector import Projector, batch
from services.projector.letters import HEADER, Headers, Name
from services.runtime.database import Pool
from services.runtime.errors import Fatal
from services.runtime.kafka import INTERACTIONS
from services.runtime.kafka import headers as structured
from services.runtime.producer import Outgoing
from tests.integration.dead_letters.letters import broken, buried, journalled, keep, letters, passed, send
from tests.stack import Stack, Teller, running


async def test_what_was_refused_is_accepted_once_the_decoder_is_fixed(
    stack: Stack, told: Teller, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Redriven, the same key, value and headers come again; the event is journalled, the letter is gone."""
    event = told.tell(FrictionMet(what="lost"))
    headers: Headers = [*structured(None), ("shelf", b"\xff"), ("empty", None)]

    def refusing(*_: object, **__: object) -> Event:
        raise Refused("data_invalid", "The decoder is broken.", pointer="/data")

    with monkeypatch.context() as breaking:
        breaking.setattr(batch, "decode", refusing)
        [letter] = await buried(stack, told, event.body, headers=headers)
    assert await commands.redrive(letter["id"]) == 0
    await journalled(stack, told, event.id)
    assert not await letters(stack, told)
    assert "1 accepted, 0 refused again" in capsys.readouterr().err
    first, again = await on_topic(stack, told, 2)
    assert (again.key, again.value, again.partition) == (first.key, first.value, first.partition)
    assert again.headers == (*first.headers, (HEADER, f"{letter['id']}:{letter['token']}".encode()))


async def on_topic(stack: Stack, told: Teller, count: int) -> list[Any]:
    """The records of the customer's key, from the beginning of the topic."""
    found: list[Any] = []
    async with AIOKafkaConsumer(
        INTERACTIONS, bootstrap_servers=stack.context.settings.kafka, auto_offset_reset="earliest"
    ) as consumer:
        async with asyncio.timeout(15):
            while len(found) < count:
                record = await consumer.getone()
                if record.key == told.customer.encode():
                    found.append(record)
    return found


async def test_a_record_that_names_a_dead_letter_by_a_wrong_token_is_buried_like_any_other(
    stack: Stack, told: Teller
) -> None:
    """Beside one that names it rightly, in one batch: the one is that dead letter still, the other is new."""
    [letter] = await buried(stack, told, broken(told.tell(FrictionMet(what="lost"))))
    right, wrong = Name(letter["id"], str(letter["token"])), Name(letter["id"], str(uuid4()))
    await stack.context.producer.publish(
        Outgoing(INTERACTIONS, told.customer.encode(), b"no JSON, " + what, [name.header])
        for what, name in ((b"right", right), (b"wrong", wrong))
    )
    await passed(stack, told)
    first, new = await letters(stack, told)
    assert (first["id"], first["attempts"]) == (letter["id"], 2)
    assert (new["value"], new["attempts"]) == (b"no JSON, wrong", 1)


async def test_what_is_refused_again_stays_the_same_dead_letter(
    stack: Stack, told: Teller, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """However often it is sent again, there is one row: it counts, and says what was wrong this time."""
    [letter] = await buried(stack, told, broken(told.tell(FrictionMet(what="lost"))))
    for attempts in (2, 3):
        assert await commands.redrive(letter["id"]) == 1
        [again] = await letters(stack, told)
        assert (again["id"], again["attempts"], again["reason"]) == (letter["id"], attempts, "data_invalid")
        assert again["refused_at"] > letter["refused_at"]
        assert (again["value"], again["detail"]) == (letter["value"], letter["detail"])
    said = capsys.readouterr().err
    assert "0 accepted, 1 refused again" in said
    assert "data_invalid, for example: " in said
    again = [one for one in caplog.messages if "1 sent again, and refused again (data_invalid 1)." in one]
    assert len(again) == 2


async def test_to_send_one_twice_changes_nothing(
    pool: Pool, database_url: str, told: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sent twice before the projector saw either, an event is journalled once; a refused one has one row."""
    good = told.tell(FrictionMet(what="lost"))
    key = told.customer.encode()
    mended, bad = await keep(pool, key, good.body), await keep(pool, key, b"hello")
    async with EmbeddedBroker() as broker:
        await broker.touch([INTERACTIONS])
        monkeypatch.setenv("EGARD_KAFKA", broker.address)
        monkeypatch.setenv("EGARD_DATABASE", database_url)
        for _ in range(2):
            assert await commands.redrive(mended, bad, wait=0) == 0
        async with running(broker.address, database_url, services=(Projector,)) as stack:
            await passed(stack, told)
            [left] = await letters(stack, told)
            assert (left["id"], left["reason"]) == (bad, "not_json")
            assert len(await stack.fetch("select 1 from journal where body = $1", good.body)) == 1


async def test_all_of_a_reason_are_sent_again(
    alone: Stack, told: Teller, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By reason, or all: over several pages, each is settled, counted, and the others are left alone."""
    monkeypatch.setattr("services.cli.letters.redrive._PAGE", 3)
    events = [told.tell(FrictionMet(what="lost")) for _ in range(7)]
    for event in events:
        await keep(alone.context.pool, told.customer.encode(), event.body)
    await buried(alone, told, b"hello")
    assert await commands.redrive(reason="data_invalid") == 0
    assert "7 sent again. 7 accepted, 0 refused again." in capsys.readouterr().err
    [left] = await letters(alone, told)
    assert (left["reason"], left["attempts"]) == ("not_json", 1)
    assert await commands.redrive(all_=True) == 1
    assert "1  not_json" in capsys.readouterr().err
    assert await commands.redrive(reason="time_ahead") == 0
    assert "nothing to send again" in capsys.readouterr().err
    await journalled(alone, told, *(event.id for event in events))


async def test_without_a_projector_the_command_says_that_nothing_is_settled(
    pool: Pool, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What nobody reads is not waited for longer than asked, and is named."""
    await keep(pool, b"k", b"hello")
    async with EmbeddedBroker() as broker:
        await broker.touch([INTERACTIONS])
        monkeypatch.setenv("EGARD_KAFKA", broker.address)
        monkeypatch.setenv("EGARD_DATABASE", database_url)
        assert await commands.redrive(1, wait=0.3) == 1
    assert "1 are not settled yet: 1. Is the projector running?" in capsys.readouterr().err


async def test_what_kafka_would_not_take_is_said_and_the_others_go(
    stack: Stack, told: Teller, capsys: pytest.CaptureFixture[str]
) -> None:
    """A record without key and value, and one too large, are named; a record without value goes as it is."""
    [empty] = await buried(stack, told, None)
    odd = [await keep(stack.context.pool, key, value) for key, value in ((None, None), (b"k", b"x" * 2**21))]
    assert await commands.redrive(empty["id"], *odd) == 1
    said = capsys.readouterr().err
    assert "1 sent again. 0 accepted, 1 refused again." in said
    assert "2 cannot be sent as they are, being too large, or without key and value" in said
    assert f": {odd[0]}, {odd[1]}." in said


@pytest.mark.parametrize(
    ("numbers", "more", "said"),
    [
        ((), {}, "Say which to send again"),
        ((1,), {"all_": True}, "Say which to send again"),
        ((), {"reason": "not_json", "all_": True}, "Say which to send again"),
        ((1, 2), {"with_": Path("event.json")}, "name its number"),
        ((987654321,), {}, "There is no dead letter 987654321"),
        ((1,), {"with_": Path("/nowhere")}, "/nowhere cannot be read"),
    ],
)
async def test_an_order_that_makes_no_sense_is_said_in_a_sentence(
    stack: Stack, numbers: Sequence[int], more: Any, said: str
) -> None:
    """Nothing is sent where it is not clear what."""
    with pytest.raises(Fatal, match=said):
        await commands.redrive(*numbers, **more)


# --------------------------------------------------------------------------- an event in its place


async def test_a_file_is_sent_in_place_of_what_no_one_can_read(
    stack: Stack, told: Teller, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of bytes that tell no source and no id, the operator says what they were: the letter is cleared."""
    [letter] = await buried(stack, told, b"\xff\x00 who knows")
    event = told.tell(FrictionMet(what="lost"))
    file = tmp_path / "event.json"
    file.write_bytes(event.body)
    assert await commands.redrive(letter["id"], with_=file) == 0
    await journalled(stack, told, event.id)
    assert not await letters(stack, told)
    assert "1 accepted" in capsys.readouterr().err


async def test_a_file_that_would_be_refused_is_not_sent(stack: Stack, told: Teller, tmp_path: Path) -> None:
    """The mistake is said at once, with its place; the dead letter stays as it was."""
    [letter] = await buried(stack, told, b"hello")
    file = tmp_path / "event.json"
    file.write_bytes(broken(told.tell(FrictionMet(what="lost"))))
    with pytest.raises(Fatal, match=r"event\.json would be refused: data_invalid: .*/data/what"):
        await commands.redrive(letter["id"], with_=file)
    await passed(stack, told)
    assert await letters(stack, told) == [letter]


async def test_a_reused_id_is_mended_by_a_new_event_only(stack: Stack, told: Teller, tmp_path: Path) -> None:
    """Neither the first owner of the id, come again, nor a file with it clears; an id of its own does."""
    owner = told.tell(FrictionMet(what="lost"), id=f"{told.customer}-id")
    second = told.tell(FrictionMet(what="no_phone"), id=owner.id)
    await send(stack, told, owner.body)
    [letter] = await buried(stack, told, second.body)
    assert letter["reason"] == "id_reused"
    await send(stack, told, owner.body)
    file = tmp_path / "event.json"
    file.write_bytes(owner.body)
    assert await commands.redrive(letter["id"], with_=file) == 1
    [still] = await letters(stack, told)
    assert (still["attempts"], still["reason"], still["value"]) == (2, "id_reused", second.body)
    assert still["detail"].startswith("What was sent in its place: The event is in the journal already")
    file.write_bytes(told.tell(FrictionMet(what="no_phone"), id=f"{told.customer}-own").body)
    assert await commands.redrive(letter["id"], with_=file) == 0
    await journalled(stack, told, owner.id, f"{told.customer}-own")
    assert not await letters(stack, told)
