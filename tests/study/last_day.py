"""The service desk as it was, then a day of its last as if it were today: which prompts come of it."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import msgspec

from services.embedded import EmbeddedBroker, EmbeddedDatabase
from services.runtime import migrations
from services.runtime.kafka import INTERACTIONS, MACHINE, PROMPTS, RELATIONSHIPS
from tests.awake import awake_file
from tests.processes import egard
from tests.stack import Stack, running, until
from tests.study.shared import HERE, path_of

DAY = timedelta(days=1)


class Day(NamedTuple):
    """What was seen."""

    history: int
    """Events of the years."""
    given_of_history: int
    """Prompts that they led to."""
    withheld: Mapping[str, int]
    """By trigger, what they led to that was withheld, all of it as stale."""
    day: int
    """Events that the day gave, with those of Égard's own that followed."""
    prompts: list[dict[str, Any]]
    """The prompts that these led to, as the desk shows them, the most urgent first."""


async def played(ago: int) -> Day:
    """Imports all that was before a day as it is, then publishes the day so that it ends now.

    `ago` counts days of 24 hours back from the last event: 0 is the last one. What came later is left out.

    Raises `AbsentError` where the data is not here.
    """
    source = path_of("service_desk")
    with TemporaryDirectory() as folder:
        years, day = await _parted(source, Path(folder), ago)
        async with (
            EmbeddedDatabase(Path(folder) / "database", durable=False) as database,
            EmbeddedBroker() as broker,
        ):
            await migrations.migrate(database.url)
            await broker.touch([INTERACTIONS, RELATIONSHIPS, PROMPTS, MACHINE])
            async with running(
                broker.address, database.url, embedded=True, strategy=awake_file(Path(folder))
            ) as stack:
                return await _played(stack, years, day)


async def _parted(source: Path, folder: Path, ago: int) -> tuple[Path, Path]:
    whole, years, day = (folder / f"{name}.ndjson" for name in ("whole", "years", "day"))
    code, said = await egard(
        "import", str(source), "--map", str(HERE / "service_desk.map.toml"), output=whole
    )
    assert code == 0, said
    with whole.open("rb") as lines:
        ends = max(map(_time, lines)) - ago * DAY
    with whole.open("rb") as lines, years.open("wb") as before, day.open("wb") as within:
        for line in lines:
            at = _time(line)
            if at <= ends:
                (within if at > ends - DAY else before).write(line)
    return years, day


class _Dated(msgspec.Struct):
    time: datetime


_time_of = msgspec.json.Decoder(_Dated).decode


def _time(line: bytes) -> datetime:
    return _time_of(line).time


async def _played(stack: Stack, years: Path, day: Path) -> Day:
    url = str(stack.http.base_url)
    history = await _published(stack, years, url)
    withheld = await stack.fetch(
        "select trigger, withheld, count(*) from prompts where state = 'withheld' group by 1, 2 order by 1, 2"
    )
    assert all(row["withheld"] == "stale" for row in withheld), withheld
    [given] = await stack.fetch("select count(*) from prompts where state <> 'withheld'")
    there = await _published(stack, day, url, "--shift-to", "now")
    prompts = await stack.get("/v1/prompts", params={"limit": 1000})
    return Day(
        history,
        given["count"],
        {row["trigger"]: row["count"] for row in withheld},
        there - history,
        prompts["prompts"],
    )


async def _published(stack: Stack, path: Path, url: str, *more: str) -> int:
    """Publishes a file and waits until all is decided; returns how many events the journal has."""
    code, said = await egard("publish", str(path), "--to", url, *more)
    assert code == 0, said
    last = -1

    async def settled() -> int:
        nonlocal last
        [row] = await stack.fetch(
            "select (select count(*) from journal) as events, (select count(*) from causes) as causes, "
            "(select count(*) from deadlines where due < now()) as passed, "
            "(select count(*) from outbox) as out"
        )
        await asyncio.sleep(2)
        before, last = last, row["events"]
        return 0 if row["causes"] or row["passed"] or row["out"] or before != last else int(last)

    return await until(settled, within=900)
