"""Part 1, the readings: complaints on a consumer platform, read by what happened and not by the verdict."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from io import BytesIO
from math import inf
from typing import NamedTuple

from events import ContactAnswered, ContactClosed, ContactMissed, Event, decode
from projections.fold import fold
from projections.reading import Reader, Reading
from projections.strategy import parse
from services.cli.importing.outcomes import convert_file
from tests.study.shared import HERE, rows, table_of

VERDICT = ("avaliada", "resolvida", "nota")
"""What the customer said of it in the end: nothing that is read here is made from these columns."""

NAME = "complaints"
_ARRIVED = datetime(2026, 11, 22, tzinfo=UTC)


class Complaint(NamedTuple):
    """One complaint without its verdict: what happened, and how it is read."""

    id: str
    company: str
    opened: date
    closed: date
    days: float
    """Days to the answer; infinity where there was none."""
    went_before: bool
    """Whether the customer had been to the company before."""
    earlier: int
    """How many complaints about the company were filed on days before."""
    health: float
    """The reading at the closing."""
    health_at_answer: float
    """The reading when the answer came, or at the end of the tenth day without one."""
    responsiveness: float
    """One side of the reading at the closing: it knows of no retelling."""
    responsiveness_at_answer: float
    """One side of the reading when the answer came."""


class _Read(NamedTuple):
    """One complaint's readings."""

    at_closing: Reading
    at_answer: Reading


def _silent(*_: int) -> None:
    """Nobody wants to hear how far it is."""


def unlabelled() -> list[dict[str, str]]:
    """The rows with their verdicts taken out. Raises `AbsentError`."""
    return [{name: value for name, value in row.items() if name not in VERDICT} for row in rows(NAME)]


def read_all(told: Callable[[int], None] = _silent) -> list[Complaint]:
    """Every complaint with its readings, from rows without verdicts; `told` hears how far it is."""
    table = unlabelled()
    readings = dict(readings_of(table_of(table, empty=VERDICT), told))
    filed: dict[str, list[date]] = defaultdict(list)
    for row in table:
        filed[row["empresa_key"]].append(date.fromisoformat(row["abertura"]))
    for days in filed.values():
        days.sort()
    return [_complaint(row, filed[row["empresa_key"]], readings[row["complaint"]]) for row in table]


def _complaint(row: dict[str, str], filed: list[date], read: _Read) -> Complaint:
    opened = date.fromisoformat(row["abertura"])
    answered = row["respondida"] == "S"
    return Complaint(
        id=row["complaint"],
        company=row["empresa_key"],
        opened=opened,
        closed=date.fromisoformat(row["finalizacao"]),
        days=float((date.fromisoformat(row["resposta"]) - opened).days) if answered else inf,
        went_before=row["procurou"] == "S",
        earlier=bisect_left(filed, opened),
        health=read.at_closing.health,
        health_at_answer=read.at_answer.health,
        responsiveness=read.at_closing.responsiveness,
        responsiveness_at_answer=read.at_answer.responsiveness,
    )


def readings_of(table: BytesIO, told: Callable[[int], None] = _silent) -> Iterator[tuple[str, _Read]]:
    """The readings of each complaint in a table, by the study's map and strategy."""
    strategy = parse((HERE / f"{NAME}.strategy.toml").read_bytes())
    reader = Reader(strategy)

    def read(events: list[Event], at: float) -> Reading:
        known = fold((one for one in events if one.at <= at), strategy)
        return reader.read(known.sums_at(strategy, at), at)

    for done, events in enumerate(_stories(table), start=1):
        closed = _instant(events, ContactClosed)
        answer = _instant(events, ContactAnswered, ContactMissed)
        yield events[0].subject, _Read(read(events, closed), read(events, answer))
        if done % 500 == 0:
            told(done)


def _stories(table: BytesIO) -> Iterator[list[Event]]:
    """The events of each row: a row is a customer."""
    declared = (HERE / f"{NAME}.map.toml").read_text(encoding="utf-8")
    for row in convert_file(table, declared, arrived=_ARRIVED):
        if not isinstance(row.result, list):
            raise TypeError(f"Row {row.number} of the complaints gives no events: {row.result}.")
        yield [decode(one.line, arrived=_ARRIVED) for one in row.result]


def _instant(events: list[Event], *kinds: type) -> float:
    return next(event.at for event in events if isinstance(event.data, kinds))


def verdicts() -> dict[str, bool]:
    """Whether each complaint that was rated was rated badly. The only place where a verdict is looked at."""
    return {row["complaint"]: float(row["nota"]) <= 2 for row in rows(NAME) if row["nota"]}
