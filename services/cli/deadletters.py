"""`egard deadletters`: what was refused on the topic, looked at and sent again."""

import os
import sys
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter
from cyclopts.validators import Number
from rich.console import Console

from events import Event, Reason
from services.cli.inputs import opened as opened_file
from services.cli.letters import redrive as redriving
from services.cli.letters.redrive import Choice, Outcome
from services.cli.letters.show import fields, page, readable, summary, table
from services.cli.letters.store import QUERIES, counts, letter, missing, opened
from services.cli.progress import meter, say
from services.cli.tally import by_count
from services.runtime.database import Pool
from services.runtime.errors import Fatal
from services.runtime.producer import Producer
from services.runtime.settings import kafka_address

_WIDTH = 160
"""Columns of a table that no terminal shows."""

_SHOWN = 10

deadletters = App(
    name="deadletters",
    help="What was refused on the topic: list it, look at it, send it again.\n\n"
    "They are kept for 30 days after they were last refused, in EGARD_DATABASE.",
)


@deadletters.command(name="list")
async def list_letters(
    *,
    reason: Reason | None = None,
    limit: Annotated[int, Parameter(validator=Number(gte=1))] = 20,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """List dead letters, the newest first, and how many there are of each reason.

        egard deadletters list --reason data_invalid

        egard deadletters list --limit 1000 --json

    Parameters
    ----------
    reason
        Only those that were refused for this reason.
    limit
        The most to list.
    json
        One JSON object per line, for programs; without counts.
    """
    async with opened() as pool:
        rows = await pool.fetch(QUERIES["newest"], reason, limit)
        if json:
            for row in rows:
                print(msgspec.json.encode(fields(row)).decode())
            return
        if rows:
            console = Console(width=None if sys.stdout.isatty() else _WIDTH)
            console.print(table(rows), highlight=False)
        print(summary(await counts(pool)))


@deadletters.command
async def show(number: int, /, *, raw: Annotated[bool, Parameter(negative="")] = False) -> None:
    """Show all of a dead letter: why and where it was refused, its key, headers and bytes.

        egard deadletters show 42

        egard deadletters show 42 --raw > event.json

    Parameters
    ----------
    number
        Its number, as `egard deadletters list` gives it.
    raw
        Write the value to standard output, byte for byte, and nothing else.
    """
    async with opened() as pool:
        row = await letter(pool, number)
    if raw:
        sys.stdout.buffer.write(row["value"] or b"")
        sys.stdout.buffer.flush()
        return
    print("\n".join(page(row)))


@deadletters.command
async def redrive(
    *numbers: int,
    reason: Reason | None = None,
    all_: Annotated[bool, Parameter(name="--all", negative="")] = False,
    with_: Annotated[Path | None, Parameter(name="--with", allow_leading_hyphen=True)] = None,
    wait: Annotated[float, Parameter(validator=Number(gte=0))] = 30.0,
) -> int:
    """Send dead letters again, through EGARD_KAFKA, and say what became of them.

    Each goes as it came: same key, same value, same headers, and one header more that names it. Once it is
    accepted it is a dead letter no more. If it is refused again it stays, with the reason of this time. To
    send one twice does no harm: the journal keeps an event once.

    The exit code is 0 if all were accepted (or, with --wait 0, published), else 1.

        egard deadletters redrive 42 43

        egard deadletters redrive --reason time_ahead

        egard deadletters redrive 42 --with corrected.json

    Parameters
    ----------
    numbers
        The dead letters, by number.
    reason
        All that were refused for this reason.
    all_
        All there are.
    with_
        A file with one structured event to be sent in place of a single dead letter's bytes; `-` for standard
        input.
    wait
        Seconds to wait until the projector has settled them.
    """
    if [bool(numbers), reason is not None, all_].count(True) != 1:
        raise Fatal("Say which to send again: numbers, or --reason, or --all.")
    if with_ is not None and len(numbers) != 1:
        raise Fatal("--with sends one event in place of one dead letter: name its number.")
    instead = None if with_ is None else _read(with_)
    choice = Choice(list(dict.fromkeys(numbers)) or None, reason)
    kafka = kafka_address(os.environ)
    console = Console(stderr=True)
    async with opened() as pool:
        count, last = await _count(pool, choice)
        if not count:
            say(console, "There is nothing to send again.")
            return 0
        outcome = await _send(pool, kafka, choice, count, last, instead, wait, console)
    _tell(console, outcome, waited=wait > 0)
    return 1 if outcome.refused or outcome.unsendable or (outcome.waiting and wait > 0) else 0


def _read(file: Path) -> Event:
    try:
        with opened_file(file) as source:
            return redriving.corrected(source.stream.read(), source.name)
    except OSError as error:
        raise Fatal(f"{file} cannot be read: {error.strerror or error}.") from None


async def _count(pool: Pool, choice: Choice) -> tuple[int, int]:
    """How many there are of the chosen ones, and the highest number. Raises `Fatal` where one is missing."""
    if choice.ids is not None:
        there = {row["id"] for row in await pool.fetch(QUERIES["there"], choice.ids)}
        for number in choice.ids:
            if number not in there:
                raise missing(number)
    row = await pool.fetchrow(QUERIES["chosen"], choice.ids, choice.reason)
    return row["count"], row["last"] or 0


async def _send(
    pool: Pool,
    kafka: str,
    choice: Choice,
    count: int,
    last: int,
    instead: Event | None,
    wait: float,
    console: Console,
) -> Outcome:
    producer = Producer(kafka, client="egard-deadletters")
    await producer.start()
    try:
        with meter(console, "sending", "dead letters", count) as bar:
            outcome = await redriving.publish(
                pool, producer, choice, last, instead, lambda done: bar.update(done, done)
            )
    finally:
        await producer.stop()
    if wait > 0:
        with meter(console, "waiting for the projector", "settled", count) as bar:
            await redriving.settled(pool, outcome, wait, lambda done: bar.update(done, done))
    return outcome


def _tell(console: Console, outcome: Outcome, *, waited: bool) -> None:
    said = [f"{outcome.published:,} sent again."]
    if waited:
        said.append(f"{outcome.accepted:,} accepted, {outcome.refused.total():,} refused again.")
    say(console, " ".join(said))
    for line in by_count(outcome.refused):
        say(console, line)
    for reason, detail in sorted(outcome.examples.items()):
        say(console, f"{reason}, for example: {readable(detail)}")
    if waited and outcome.waiting:
        say(
            console,
            f"{len(outcome.waiting):,} are not settled yet: {_some(list(outcome.waiting))}. Is the projector "
            "running? They are on the topic; `egard deadletters list` will tell.",
        )
    if outcome.unsendable:
        say(
            console,
            f"{len(outcome.unsendable):,} cannot be sent as they are, being too large, or without key and "
            f"value: {_some(outcome.unsendable)}. `--with` sends an event in place of one.",
        )


def _some(numbers: list[int]) -> str:
    more = len(numbers) - _SHOWN
    return ", ".join(map(str, numbers[:_SHOWN])) + (f" and {more:,} more" if more > 0 else "")
