"""`egard deadletters list` and `show`: what an operator sees of dead letters."""

import json

import pytest

from events import FrictionMet
from services.cli import deadletters as commands
from services.runtime.errors import Fatal
from tests.integration.dead_letters.letters import broken, buried
from tests.stack import Stack, Teller


async def test_a_list_is_newest_first_and_counts_by_reason(
    alone: Stack, told: Teller, capsys: pytest.CaptureFixture[str]
) -> None:
    """The list says of each when, why, where and what, escapes what a terminal would obey, and counts all."""
    await commands.list_letters()
    assert capsys.readouterr().out == "No dead letters.\n"
    event = told.tell(FrictionMet(what="lost"), id="\u202e1")
    for value in (broken(event), b"hello", b"world"):
        await buried(alone, told, value)
    await commands.list_letters(limit=2)
    out = capsys.readouterr().out
    assert [line.split()[0] for line in out.splitlines() if line.strip()[:1].isdigit()] == ["3", "2", "3"]
    assert out.splitlines()[-1] == "3 dead letters: not_json 2, data_invalid 1."
    await commands.list_letters(reason="data_invalid")
    assert r"id \u202e1, source /crm" in capsys.readouterr().out
    await commands.list_letters(json=True)
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["id"] for one in found] == [3, 2, 1]
    assert found[2] == {
        **found[2],
        "source": "/crm",
        "event_id": event.id,
        "subject": told.customer,
        "attempts": 1,
    }


async def test_all_of_one_is_shown_and_its_bytes_can_be_had(
    stack: Stack, told: Teller, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Text is shown as text, other bytes in hexadecimal; --raw gives exactly the value, and nothing else."""
    value = b"\xff\x1b[31m" + bytes(range(20))
    headers = [("shelf", b"\x1b[2J"), ("none", None), ("b", b"\xfe")]
    [first] = await buried(stack, told, value, headers=headers)
    [_, second] = await buried(stack, told, '{"à": "côté"}\n\x1b'.encode())
    await commands.show(first["id"])
    out = capsysbinary.readouterr().out.decode()
    assert f"place: egard.interactions, partition {first['kafka_partition']}, offset" in out
    assert f"key: {told.customer}" in out
    assert "header shelf: \\x1b[2J\nheader none: none\nheader b: fe (no UTF-8)\n" in out
    assert "00000000  ff 1b 5b 33 31 6d 00 01 02 03 04 05 06 07 08 09  ..[31m.........." in out
    await commands.show(second["id"])
    assert '\n{"à": "côté"}\n\\x1b\n' in capsysbinary.readouterr().out.decode()
    await commands.show(first["id"], raw=True)
    assert capsysbinary.readouterr().out == value
    with pytest.raises(Fatal, match="There is no dead letter 0"):
        await commands.show(0)


async def test_a_reader_that_has_seen_enough_is_not_taken_for_a_lost_database(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A closed pipe is let through, and ends the command without a word: `… | head` is no trouble."""

    def gone(*_: object) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(commands, "summary", gone)
    with pytest.raises(BrokenPipeError):
        await commands.list_letters()
