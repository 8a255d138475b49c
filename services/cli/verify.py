"""`egard verify`: refolds the journal and compares it with what the projector keeps."""

import math
import random
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from events import Event, recall
from projections.corrections import CORRECTIONS
from projections.fold import State, fold, fold_person, judged
from projections.judgement import Judgement, band_judged
from projections.knots.signs import NEVER, NO_SIGNS, Signs, noted
from projections.knots.weighing import read_with
from projections.links import Persons, spoken
from projections.matters import KINDS
from projections.reading import Reader, Reading, read
from projections.strategy import Strategy
from projections.whole import open_tangles
from services.cli.database import database
from services.cli.progress import say
from services.cli.strategy import read_strategy
from services.runtime.database import Connection
from services.runtime.errors import Fatal
from services.runtime.people import judged_of, judgement_at, people
from services.runtime.queries import Queries
from services.runtime.rows import Relationship, instant, matter_from, relationship_from, unsettled_matters
from services.runtime.version import others, version_of

QUERIES = Queries(Path(__file__).with_name("verify.sql"))

TOLERANCE = 1e-9
"""How far a number of a reading may lie from its refold: what «the same» means for sums."""

_PAGE = 500
_SHOWN = 20
_A_DAY = 86_400.0

_TABLES = dict(zip(KINDS, ("contacts", "promises", "complaints"), strict=True))


async def verify(
    *, sample: Annotated[float, Parameter(help="The share of customers to look at: 1, or less.")] = 1.0
) -> int:
    """Refolds every customer's journal and compares; exits 1 on a difference.

    It may run beside a working projector: each page of customers is read in one snapshot. The version that it
    names is one of the strategy, the software, and the holidays and time zones that they know. A sample is of
    other customers at every run.

        egard verify

        egard verify --sample 0.05
    """
    if not 0 < sample <= 1:
        raise Fatal("--sample is a share: more than 0, and at most 1.")
    strategy = read_strategy()
    version = version_of(strategy)
    async with database("egard-verify") as pool:
        for other in await others(pool, version):
            say(Console(stderr=True), f"Some of what is stored may have been folded with {other.difference}.")
        looked, wrong = await _compare_all(pool, strategy, sample)
    print(f"{looked} customers refolded by version {version.name}, {wrong} differ.")
    if wrong:
        print(
            "If this is the strategy and the software that the projector runs with, `egard rebuild` folds "
            "them all anew.",
            file=sys.stderr,
        )
    return 1 if wrong else 0


async def _compare_all(pool: Any, strategy: Strategy, sample: float) -> tuple[int, int]:
    looked = wrong = 0
    columns = (TextColumn("refolding"), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        total = await pool.fetchval(QUERIES["count_customers"])
        task = progress.add_task("refolding", total=max(1, round(total * sample)))
        async with pool.acquire() as connection:
            async for differences in _pages(connection, strategy, sample):
                for customer, said in differences.items():
                    looked += 1
                    progress.advance(task)
                    if said:
                        wrong += 1
                        if wrong <= _SHOWN:
                            print(f"{customer}: {'; '.join(said)}", file=sys.stderr)
    forgotten, left_over = await _missed(pool, "forgotten"), await _missed(pool, "left_over")
    for row in forgotten:
        print(f"{row['customer']}: the journal has events, and nothing was folded", file=sys.stderr)
    for row in left_over:
        print(f"{row['customer']}: there are {row['kept']}, and nothing else is kept", file=sys.stderr)
    return looked, wrong + sum(some[0]["all_of_them"] for some in (forgotten, left_over) if some)


async def _missed(pool: Any, query: str) -> list[Any]:
    """Some customers who have no relationship. A table is read whole: it may take long, and locks nobody."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await connection.execute("set local statement_timeout = 0")
        rows: list[Any] = await connection.fetch(QUERIES[query], _SHOWN, timeout=_A_DAY)
    return rows


async def _pages(
    connection: Connection, strategy: Strategy, sample: float
) -> AsyncIterator[dict[str, list[str]]]:
    after, drawn = "", random.getrandbits(63)
    while True:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            rows = await connection.fetch(QUERIES["customers"], after, _PAGE, sample, drawn)
            names = [row["customer"] for row in rows]
            matters = await _matters(connection, names)
            unsettled = await unsettled_matters(connection, names)
            ties = await _ties(connection, names)
            everybody = {one for name in names for one in ties.persons.of(name).members}
            made = await judged_of(connection, everybody)
            result, histories = {}, dict[str, list[Event]]()
            for row in rows:
                name = row["customer"]
                events = histories.get(name) or await _history(connection, name)
                said = _differences(
                    fold(events, strategy),
                    relationship_from(row),
                    matters.get(name, {}),
                    list(unsettled.get(name, {}).values()),
                    strategy,
                )
                if row["corrected"] != any(isinstance(event.data, CORRECTIONS) for event in events):
                    said.append(f"whether it was corrected is kept as {row['corrected']}")
                person = ties.persons.of(name)
                if len(person.members) == 1:
                    told = events
                else:
                    for member in person.members:
                        if member not in histories:
                            histories[member] = await _history(connection, member)
                    told = [event for member in person.members for event in histories[member]]
                judgement = judgement_at(person.members, made, row["taken_at"])
                said.extend(_judged_otherwise(row, judgement, strategy))
                said.extend(_read_otherwise(row, told, strategy))
                said.extend(_signed_otherwise(relationship_from(row).signs, events, strategy))
                result[name] = [*said, *ties.differences(name, events)]
        yield result
        if len(rows) < _PAGE:
            return
        after = names[-1]


async def _history(connection: Connection, customer: str) -> list[Event]:
    rows = await connection.fetch(QUERIES["history"], customer)
    return recall([row["body"] for row in rows])


_Words = set[tuple[str, str, bytes, bool, float | None]]


class _Ties(msgspec.Struct):
    """Who some customers are, as it is kept."""

    words: dict[str, _Words]
    """What each said of links."""
    persons: Persons
    known_as: dict[str, str | None]

    def differences(self, name: str, events: list[Event]) -> list[str]:
        """What is kept otherwise than the customer's events have it."""
        said = []
        words: _Words = {
            (*pair, event.identity, word.drawn, word.retracted_at)
            for event, word in spoken(events)
            for pair in (word.edge, word.edge[::-1])
        }
        if self.words.get(name, set()) != words:
            said.append("what was said of its links is not what the journal has")
        if self.known_as.get(name, "") != self.persons.of(name).known_as(name):
            said.append(f"its reading is kept under {self.known_as.get(name)!r}")
        return said


async def _ties(connection: Connection, names: list[str]) -> _Ties:
    words: dict[str, _Words] = {}
    for row in await connection.fetch(QUERIES["links"], names):
        retracted = row["retracted_at"]
        words.setdefault(row["said_by"], set()).add(
            (
                row["customer"],
                row["alias"],
                row["identity"],
                row["drawn"],
                None if retracted is None else retracted.timestamp(),
            )
        )
    kept = await connection.fetch(QUERIES["known_as"], names)
    return _Ties(words, await people(connection, names), {row["customer"]: row["canonical"] for row in kept})


async def _matters(connection: Connection, names: list[str]) -> dict[str, dict[Any, Any]]:
    found: dict[str, dict[Any, Any]] = {}
    for kind, table in _TABLES.items():
        for row in await connection.fetch(QUERIES[table], names):
            customer, matter_id, *parts = row.values()
            found.setdefault(customer, {})[kind, matter_id] = matter_from(kind, parts)
    return found


def _differences(
    state: State,
    stored: Relationship,
    matters: dict[Any, Any],
    still_open: list[Any],
    strategy: Strategy,
) -> list[str]:
    """What the stored folds of a customer say otherwise than their refold."""
    said = []
    if stored.events != state.count:
        said.append(f"{stored.events} events were folded, the journal has {state.count}")
    if state.count and abs(stored.newest - state.newest) > 1e-5:
        said.append(f"the newest event is of {state.newest}, not {stored.newest}")
    unsettled = sum(matter.unsettled for matter in state.matters.values())
    if stored.unsettled != unsettled:
        said.append(f"{stored.unsettled} matters are unsettled, the journal has {unsettled}")
    said.extend(
        f"{key[0].__name__.lower()} {key[1]!r} is {matters.get(key)}"
        for key in state.matters.keys() | matters.keys()
        if state.matters.get(key) != matters.get(key)
    )
    if state.count:
        kept = read(judged(stored.sums, still_open, strategy, state.newest), strategy, state.newest)
        again = read(state.sums_at(strategy, state.newest), strategy, state.newest)
        said.extend(_apart(kept, again))
    elif any(stored.sums):
        said.append("it has no events, and its sums are not nought")
    return said


def _judged_otherwise(row: Any, judgement: Judgement | None, strategy: Strategy) -> Iterator[str]:
    """Whether the kept reading's band is that of the judgement in force when it was taken."""
    until = None if judgement is None else instant(judgement.until)
    if row["judged_until"] != until:
        yield f"a judgement sets its band until {row['judged_until']}, by the journal until {until}"
    elif judgement is not None and row["strategy"] == strategy.version:
        band = band_judged(judgement, strategy)
        if row["band"] != band:
            yield f"its band is {row['band']}, and was judged {band}"


def _read_otherwise(row: Any, told: list[Event], strategy: Strategy) -> Iterator[str]:
    """What the kept reading says otherwise than the person's events, at the instant that it was taken."""
    if row["strategy"] != strategy.version:
        return
    at = row["taken_at"].timestamp()
    known = [event for event in told if event.at <= at]
    tangles = open_tangles(known, strategy, at)
    if bool(row["knotted"]) != bool(tangles):
        yield f"a knot is {'open' if row['knotted'] else 'not open'}, by the journal it is otherwise"
    again = read_with(fold_person(known, strategy).sums_at(strategy, at), tangles, Reader(strategy), at)
    kept = Reading(**{name: row[name] for name in Reading.__struct_fields__})
    yield from (f"in its reading, {said}" for said in _apart(kept, again))


def _signed_otherwise(kept: Signs, events: list[Event], strategy: Strategy) -> Iterator[str]:
    """Whether signs of knots are missing: there may be more than there have to be."""
    needed = noted(NO_SIGNS, NEVER, events, strategy.knots)
    if max(kept.spoke, needed.spoke) != kept.spoke or kept.resolved != needed.resolved:
        yield f"its signs of knots are {_signs(kept)}; by the journal {_signs(needed)}"


def _signs(signs: Signs) -> str:
    """Signs of knots in words, in UTC."""
    spoke, resolved = (
        "never" if one == NEVER else f"{datetime.fromtimestamp(one, UTC):%Y-%m-%d %H:%M:%SZ}"
        for one in (signs.spoke, signs.resolved)
    )
    return f"that one was spoken for {spoke}, and a contact closed as resolved {resolved}"


def _apart(kept: Reading, again: Reading) -> list[str]:
    said = []
    for name in ("health", "recognition", "responsiveness", "confidence", "trend"):
        one, other = getattr(kept, name), getattr(again, name)
        if not math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
            said.append(f"{name} is {one!r}, refolded {other!r}")
    return said
