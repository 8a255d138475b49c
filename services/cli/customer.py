"""`egard customer`: one person looked at, exported, linked with another id, or erased."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from cyclopts import App, Parameter
from cyclopts.validators import Number

from events import CustomerErased, CustomerLinked, CustomerUnlinked, Event
from projections.links import edges_at
from services.cli.persons.export import document
from services.cli.persons.saying import publish, saying, until
from services.cli.persons.show import Shown, page
from services.cli.persons.store import QUERIES, check_not_erased, listed, opened, who_is
from services.cli.scoring.queries import instant
from services.insight.archive import Archive
from services.insight.telling import happened
from services.insight.words import Speaker
from services.runtime import strategies
from services.runtime.database import Pool
from services.runtime.erased import seal
from services.runtime.errors import Fatal
from services.runtime.people import people, words
from services.runtime.settings import Settings, database_url, erasure_key, kafka_address, strategy_file

_Wait = Annotated[float, Parameter(validator=Number(gte=0))]

customer = App(
    name="customer",
    help="One person: look at them, hand out all that is held, link their ids, forget them.\n\n"
    "Any id of the person will do. Reads EGARD_DATABASE; what changes something goes through EGARD_KAFKA.",
)


@customer.command
async def show(
    name: str,
    /,
    *,
    events: Annotated[int, Parameter(validator=Number(gte=0, lte=500))] = 10,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Show how a person fares now, under all ids: the reading, the promises, the last events.

        egard customer show anna

        egard customer show visitor:7f3a --events 50 --json

    Parameters
    ----------
    name
        Any id of the person.
    events
        How many of the last events.
    json
        As one JSON object, for programs.
    """
    settings = _settings()
    strategy = strategies.load(settings.strategy)
    speaker = Speaker("en", strategy.hours.timezone)
    async with opened() as pool:
        await who_is(pool, name)
        archive = Archive(pool, strategy)
        last = (await archive.timeline(name, None, events))[0] if events else []
        shown = Shown(
            await archive.live(name),
            (await archive.promises(name))[0],
            [happened(one, speaker) for one in last],
        )
    if json:
        print(msgspec.json.format(msgspec.json.encode(shown)).decode())
    else:
        print("\n".join(page(shown)))


@customer.command
async def export(name: str, /, *, out: Path | None = None) -> None:
    """Hand out all that is held of a person, under all ids, as one JSON document.

    Events as they were published, matters, readings, prompts, what is under way, dead letters that name them.

        egard customer export anna --out anna.json

    Parameters
    ----------
    name
        Any id of the person.
    out
        A new file, which only its owner may read; else standard output.
    """
    strategy = strategies.load(_settings().strategy)
    async with opened() as pool:
        found = await document(pool, strategy, name, await who_is(pool, name))
    if out is None:
        sys.stdout.buffer.write(found)
        sys.stdout.buffer.flush()
        return
    try:
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(found)
    except OSError as error:
        raise Fatal(f"{out} cannot be written: {error.strerror or error}.") from None
    print(f"Wrote {out}.", file=sys.stderr)


@customer.command
async def link(one: str, other: str, /, *, at: str | None = None, wait: _Wait = 30.0) -> int:
    """Say that two ids are one person, and wait until it is so. Said again, it changes nothing.

    From then on both have one reading, one line in lists, one timeline. `egard customer unlink` undoes it,
    and gives back exactly what was.

        egard customer link anna visitor:7f3a

        egard customer link anna visitor:7f3a --at 2026-03-01T09:00:00+01:00

    Parameters
    ----------
    one, other
        The two ids.
    at
        Since when they are known to be one person; else since now.
    wait
        Seconds to wait until the projector has read it.
    """
    return await _say("link", one, other, at, wait)


@customer.command
async def unlink(one: str, other: str, /, *, at: str | None = None, wait: _Wait = 30.0) -> int:
    """Say that two ids are not one person after all, and wait until it is so.

        egard customer unlink anna visitor:7f3a

    Parameters
    ----------
    one, other
        The two ids.
    at
        Since when; else since now.
    wait
        Seconds to wait until the projector has read it.
    """
    return await _say("unlink", one, other, at, wait)


async def _say(what: Literal["link", "unlink"], one: str, other: str, at: str | None, wait: float) -> int:
    subject, alias = sorted((one, other))
    if subject == alias:
        raise Fatal(f"A link is between two ids of customers, and {one!r} is one.")
    if subject.startswith("agent:") or alias.startswith("agent:"):
        raise Fatal("A link is between two ids of customers or visitors.")
    since = _instant(at)
    kafka = kafka_address(os.environ)
    kind = CustomerLinked if what == "link" else CustomerUnlinked
    event = saying(kind(alias=alias), subject, alias, since or datetime.now(UTC))
    async with opened() as pool:
        await check_not_erased(pool, subject, alias)
        linked = (subject, alias) in edges_at(await words(pool, subject))
        if since is None and linked == (what == "link"):
            return await _tell_who(pool, subject, alias, linked=linked)
        await publish(kafka, event)
        if not await until(lambda: _there(pool, event), wait):
            print("It is on the topic, and not read yet. Is the projector running?", file=sys.stderr)
            return 1
        linked = (subject, alias) in edges_at(await words(pool, subject))
        code = await _tell_who(pool, subject, alias, linked=linked)
    if linked != (what == "link"):
        print("What was said of the two later than that holds.", file=sys.stderr)
        return 1
    return code


async def _there(pool: Pool, event: Event) -> bool:
    found: bool = await pool.fetchval(QUERIES["there"], event.subject, event.identity)
    return found


async def _tell_who(pool: Pool, one: str, other: str, *, linked: bool) -> int:
    person = (await people(pool, [one])).of(one)
    names = listed(list(person.members))
    if linked:
        print(f"{names} are one person, known as {person.canonical}.")
    elif other in person.members:
        print(f"{one} and {other} are not linked with each other; {names} are one person by other links.")
    else:
        print(f"{one} and {other} are not one person.")
    return 0


@customer.command
async def erase(
    name: str, /, *, yes: Annotated[bool, Parameter(negative="")] = False, wait: _Wait = 60.0
) -> int:
    """Forget a person under every id: all that is kept goes, and what comes later is not taken.

    It cannot be undone. A row without personal data remains, which says when and how much. What the topics of
    Kafka hold stays there until its retention ends, 30 days at most.

        egard customer erase anna

    Parameters
    ----------
    name
        Any id of the person. All ids that are linked with it now are erased with it.
    yes
        Do not ask.
    wait
        Seconds to wait until it is over.
    """
    kafka = kafka_address(os.environ)
    event = saying(CustomerErased(), name, "", datetime.now(UTC))
    async with opened() as pool:
        hashed = (await seal(pool, erasure_key(os.environ))).hash(name)
        if await pool.fetchrow(QUERIES["erasure"], hashed) is None:
            members = list((await people(pool, [name])).of(name).members)
            count = await pool.fetchval(QUERIES["count_events"], members)
            if not yes and not _sure(members, count):
                print("Nothing was erased.")
                return 1
            await publish(kafka, event)
        if not await until(lambda: pool.fetchrow(QUERIES["erasure"], hashed), wait):
            print("It is on the topic, and not read yet. Is the projector running?", file=sys.stderr)
            return 1
        over = await until(lambda: _over(pool, hashed), wait)
        row = await pool.fetchrow(QUERIES["erasure"], hashed)
    print(f"Erased at {row['swept_at'].astimezone(UTC):%Y-%m-%d %H:%MZ}: {row['rows']:,} rows.")
    if not row["rows"]:
        print(
            f"Nothing was kept of {name}. If the id was written otherwise than the publishers write it, the "
            "person is still there under theirs.",
            file=sys.stderr,
        )
    if not over:
        print("The second sweep follows by itself, once all partitions were read that far.", file=sys.stderr)
    return 0


async def _over(pool: Pool, hashed: bytes) -> bool:
    row = await pool.fetchrow(QUERIES["erasure"], hashed)
    return row is not None and row["finished_at"] is not None


def _sure(members: list[str], count: int) -> bool:
    if not sys.stdin.isatty():
        raise Fatal("Erasing cannot be undone: at a terminal this asks first, elsewhere it needs --yes.")
    print(f"This erases {listed(members)}, with {count:,} events and all that follows from them.")
    return input("It cannot be undone. Erase? [y/N] ").strip().lower() in ("y", "yes")


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    seconds = instant(text)
    if seconds is None:
        raise Fatal(f"--at is a time with an offset, like 2026-03-01T09:00:00+01:00, not {text!r}.")
    return datetime.fromtimestamp(seconds, UTC)


def _settings() -> Settings:
    """What reading takes: a database and a strategy, and no Kafka."""
    return Settings(kafka="", database=database_url(os.environ), strategy=strategy_file(os.environ))
