"""`egard strategy backtest` on a journal: what it says, and that it writes nothing."""

import csv
import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from events import CustomerLinked, Data, Event, PraiseGiven, PromiseMade
from projections.strategy import Strategy
from services.cli.strategies.backtest import backtest
from services.cli.strategies.backtesting.reading import READ_ONLY
from services.projector.positions import load
from services.runtime import strategies
from services.runtime.database import Pool
from services.runtime.errors import Fatal
from services.runtime.kafka import INTERACTIONS
from tests.awake import awake_file, awake_text
from tests.integration.identity.told import NOW, Journal, told


@pytest_asyncio.fixture
async def journal(
    pool: Pool, strategy: Strategy, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> Journal:
    """A journal that the command reads; its strategy knows no night, whenever this is run."""
    monkeypatch.setenv("EGARD_DATABASE", database_url)
    await load(pool, INTERACTIONS, [0])
    return Journal(pool, strategy)


def _promised(subject: str, hours: float, name: str = "p") -> Event:
    """A promise that was due an hour after it was made, and that nobody kept."""
    made: Data = PromiseMade(promise_id=name, what="call", due=NOW - timedelta(hours=hours - 1))
    return told(subject, hours, made)


async def _contents(pool: Pool) -> dict[str, Sequence[Any]]:
    tables = await pool.fetch(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') "
        "and not relispartition order by 1"
    )
    return {
        row["relname"]: await pool.fetch(f"select * from {row['relname']} as t order by t::text")  # noqa: S608 - our names
        for row in tables
    }


async def test_it_says_whom_a_strategy_would_have_prompted_for(
    journal: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given two promises overdue in the time looked at and one before, then two count, with their minutes."""
    await journal.tell(_promised("anna", 100), _promised("bob", 200), _promised("carl", 24 * 40))
    assert await backtest(workers=1) == 0
    said = capsys.readouterr().out
    [line] = [line for line in said.splitlines() if line.strip().startswith("promise_overdue")]
    assert line.split()[:3] == ["promise_overdue", "2", "20"]
    assert "the budget is 2,400" in said
    assert "Not simulated:" in said
    assert "there is nothing to compare with" in said


async def test_it_writes_nothing(
    pool: Pool, journal: Journal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given prompts that would be due, then every table holds afterwards what it held before."""
    await journal.tell(*(_promised(f"c{number}", 50 + number) for number in range(20)))
    before = await _contents(pool)
    assert await backtest(workers=1, out=tmp_path / "prompts.csv") == 0
    assert await _contents(pool) == before
    assert "for 20 people" in capsys.readouterr().out


async def test_its_session_cannot_write(pool: Pool) -> None:
    """A session that was made read-only as the command does it is refused whatever would write."""
    async with pool.acquire() as connection:
        await connection.execute(READ_ONLY)
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await connection.execute("delete from prompts")
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
                await connection.execute("delete from prompts")
        await connection.execute("set default_transaction_read_only = off")


async def test_the_file_has_a_line_for_each_prompt_and_why_not(
    journal: Journal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given praise twice in a month, then the file has the one that is given and the one that is withheld."""
    await journal.tell(told("anna", 400, PraiseGiven(note="x")), told("anna", 100, PraiseGiven(note="y")))
    out = tmp_path / "prompts.csv"
    await backtest(workers=1, out=out)
    with out.open(encoding="utf-8", newline="") as text:
        rows = [row for row in csv.DictReader(text) if row["trigger"] == "praised"]
    assert [row["customer"] for row in rows] == ["anna", "anna"]
    assert {(row["became"], row["why_not"]) for row in rows} <= {
        ("given", ""),
        ("withheld", "cooling"),
        ("withheld", "holdout"),
    }


async def test_no_cell_of_the_file_is_a_formula(
    journal: Journal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given an id that a spreadsheet would run, then an apostrophe stands before it."""
    await journal.tell(_promised("=1+1", 100))
    out = tmp_path / "prompts.csv"
    await backtest(workers=1, out=out)
    with out.open(encoding="utf-8", newline="") as text:
        assert {row["customer"] for row in csv.DictReader(text)} == {"'=1+1"}


async def test_examples_say_when_and_name_no_agent(
    journal: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a promise that an agent made, then the line has its due to the minute, and nobody's name."""
    due = NOW - timedelta(hours=99)
    made = PromiseMade(promise_id="p", what="call", due=due, agent_id="lea")
    await journal.tell(told("anna", 100, made))
    await backtest(workers=1)
    said = capsys.readouterr().out
    assert f"anna  promise_overdue (what: call, due: {due:%Y-%m-%d %H:%M})" in said
    assert "lea" not in said


async def test_a_strategy_that_is_not_there_is_said_so(journal: Journal, tmp_path: Path) -> None:
    """Given the name of no file, then a sentence says that it cannot be read."""
    with pytest.raises(Fatal, match=r"none\.toml cannot be read: No such file or directory\."):
        await backtest(against=tmp_path / "none.toml", workers=1)


async def test_linked_ids_are_walked_as_one_person(
    journal: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given two ids of one person, each with a promise overdue, then all prompts are that one person's."""
    await journal.tell(
        _promised("anna", 200),
        _promised("visitor:7", 300),
        told("anna", 500, CustomerLinked(alias="visitor:7")),
    )
    await backtest(workers=1)
    assert "prompts for 1 person." in capsys.readouterr().out


async def test_two_strategies_are_set_beside_each_other(
    journal: Journal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a draft without one trigger, then its prompts are those that only the other would have given."""
    await journal.tell(_promised("anna", 100), told("bob", 90, PraiseGiven(note="x")))
    text = awake_text().decode().replace('version = "2026-12"', 'version = "draft"')
    head, _, rest = text.partition("[triggers.promise_overdue]")
    draft = tmp_path / "draft.toml"
    draft.write_text(f"{head}[{rest.partition(chr(10) + '[')[2]}", encoding="utf-8")
    await backtest(against=draft, workers=1)
    said = capsys.readouterr().out
    compared = said[said.index("Both 2026-12 and draft") :]
    [line] = [line for line in compared.splitlines() if line.strip().startswith("promise_overdue")]
    assert line.split() == ["promise_overdue", "0", "1", "0"]
    assert "Some that only 2026-12 would have given (times in UTC):" in compared


async def test_it_is_held_against_what_was_really_given(
    pool: Pool, journal: Journal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given the same prompt in the table of prompts, and one that the walk has not, then it counts both."""
    await journal.tell(_promised("anna", 100))
    out = tmp_path / "prompts.csv"
    await backtest(workers=1, out=out)
    with out.open(encoding="utf-8", newline="") as text:
        name = next(row["prompt_id"] for row in csv.DictReader(text) if row["trigger"] == "promise_overdue")
    for prompt_id, trigger in ((name, "promise_overdue"), ("other", "silence")):
        await pool.execute(
            "insert into prompts (customer, prompt_id, trigger, episode, state, cause_at, prompted_at, "
            "priority, minutes, strategy, facts) "
            "values ('anna', $1, $2, $1, 'done', $3, $3, 1, 1, '2026-12', '{}')",
            prompt_id,
            trigger,
            NOW - timedelta(hours=99),
        )
    await strategies.keep(pool, strategies.load(awake_file(tmp_path)))
    capsys.readouterr()
    await backtest(workers=1)
    said = capsys.readouterr().out
    compared = said[said.index("What version 2026-12 really gave") :]
    assert re.search(r"put to use at \d{4}-\d\d-\d\d \d\d:\d\d UTC, and gave nothing before\.", compared)
    rows = {line.split()[0]: line.split()[1:] for line in compared.splitlines()[2:] if line.strip()}
    assert rows["promise_overdue"] == ["1", "0", "0"]
    assert rows["silence"] == ["0", "0", "1"]


async def test_more_than_a_page_is_walked_by_several_processes_in_order(
    journal: Journal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given more people than a page holds, then two processes say of all of them what one says, in order."""
    await journal.tell(*(_promised(f"c{number:03}", 50) for number in range(230)))
    found = []
    for workers in (1, 2):
        out = tmp_path / f"{workers}.csv"
        await backtest(workers=workers, out=out, until=NOW)
        found.append(out.read_text(encoding="utf-8"))
    assert found[0] == found[1]
    names = [line.split(",")[1] for line in found[0].splitlines()[1:]]
    assert names == sorted(names)
    assert len(set(names)) == 230
    assert "for 230 people" in capsys.readouterr().out


@pytest.mark.parametrize(("days", "workers"), [(0, 1), (401, 1), (30, 0)])
async def test_numbers_that_make_no_sense_get_a_sentence(days: int, workers: int) -> None:
    """Days and processes have bounds, and the sentence names them."""
    with pytest.raises(Fatal, match=r"from 1 to 400|at least 1"):
        await backtest(days=days, workers=workers)
