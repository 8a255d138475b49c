"""During which spans of time an event counts: a contest sets it aside, and taking that back gives it back."""

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from events import decode
from projections.corrections import names

Span = tuple[float, float | None]
"""From an instant up to, not including, another; without end where that is None."""

_ANY_TIME = datetime.max.replace(tzinfo=UTC)
_PAGE = 500

_CONTESTS = """
    select contest.about, contest.at, event.until
    from contest
    join event on event.customer = contest.customer and event.identity = contest.identity
    where contest.customer = ? and (event.until is null or event.until > contest.at)
"""

_EVENTS = """
    select line, identity, at, until, body from event
    where customer = ? and kind is not null and identity > ?
    order by identity
    limit ?
"""

_AGAIN = """
    insert into again
    select customer, kind, matter, ?2, identity, said, ?3 from event where line = ?1
"""


def set_contested_aside(database: sqlite3.Connection) -> None:
    """Cuts the spans of events that are ever contested, once it is known when each was retracted.

    `event.until` then ends the first span; what follows goes to the table `again`.
    """
    for (customer,) in database.execute("select distinct customer from contest").fetchall():
        asides: dict[str, list[Span]] = {}
        for about, at, until in database.execute(_CONTESTS, (customer,)):
            asides.setdefault(about, []).append((at, until))
        for line, at, until, body in _events(database, customer):
            event = decode(body, arrived=_ANY_TIME)
            found = [span for name in names(event) for span in asides.get(name, ())]
            if found:
                _cut(database, line, at, remaining(at, until, found))


def remaining(at: float, until: float | None, asides: Iterable[Span]) -> list[Span]:
    """What is left of the span from `at` to `until` outside of some others, in order; none of it is empty."""
    left: list[Span] = []
    since: float | None = at
    for begin, end in sorted(asides, key=lambda span: span[0]):
        if since is None:
            break
        left.append((since, begin))
        since = None if end is None else max(since, end)
    if since is not None:
        left.append((since, None))
    ended = [(begin, _sooner(end, until)) for begin, end in left]
    return [(begin, end) for begin, end in ended if end is None or end > begin]


def _sooner(one: float | None, other: float | None) -> float | None:
    return min((end for end in (one, other) if end is not None), default=None)


def _events(database: sqlite3.Connection, customer: str) -> Iterator[tuple[int, float, float | None, bytes]]:
    """All events of a customer that say something: page by page, since they are changed meanwhile."""
    last, more = b"", True
    while more:
        page = database.execute(_EVENTS, (customer, last, _PAGE)).fetchall()
        for line, last, *rest in page:  # noqa: B007 - the last of a page begins the next
            yield line, *rest
        more = len(page) == _PAGE


def _cut(database: sqlite3.Connection, line: int, at: float, spans: list[Span]) -> None:
    first_end: float | None = at
    if spans and spans[0][0] == at:
        (_, first_end), *spans = spans
    database.execute("update event set until = ? where line = ?", (first_end, line))
    database.executemany(_AGAIN, [(line, *span) for span in spans])
