"""What deciding on a cause costs, for each trigger, beside a bare loop over the same events.

A cause is decided from all that the journal holds of a person. With decoding is what outreach pays for the
first cause of a person that it takes; the others of the same person share what is known. The bare loop takes
each event's time and the class of its data; bare decoding reads the bytes and does no more.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from events import Event, recall
from projections.causes import Cause, Named, causes_of_events, causes_of_firsts, causes_of_knots
from projections.deadlines import cause_of_passing, deadlines_of, deadlines_of_events
from projections.duration import DAY
from projections.fold import fold
from projections.rhythm import Population
from projections.trigger_rules import Triggers
from projections.triggers import Due, Known, decide
from tests.bench.figures import percentile, say
from tests.bench.reading import _bare, _shown, _times
from tests.unit.histories import SHIPPED
from tests.unit.lives import life

EVENTS = 200
DECIDING = 1.0
"""Milliseconds that a cause may take, decoding included."""

_LIVES = 50
_ROUNDS = 20
_POPULATION = Population(1000, 1000 * 20 * DAY)

_Work = tuple[Cause, Sequence[bytes], datetime]


async def bench(console: Console) -> dict[str, Any]:
    """Prints a table; returns the figures."""
    return measure(console, lives=_LIVES, rounds=_ROUNDS)


def measure(console: Console, *, lives: int, rounds: int) -> dict[str, Any]:
    """Decides on a cause of each trigger in so many lives of 200 events, so many times each."""
    draw = Random(6)
    say(f"Deciding on causes of {lives} lives of {EVENTS} events, {rounds} times each …")
    histories = [life(draw, EVENTS, matters=25, corrected=0.01) for _ in range(lives)]
    works: dict[str, list[_Work]] = {name: [] for name in Triggers.__struct_fields__}
    for events in histories:
        now = datetime.fromtimestamp(max(event.at for event in events) + 1.0, UTC)
        bodies = [event.body for event in events]
        for cause in _causes(events, now):
            works[cause.trigger].append((cause, bodies, now))
    rows = {
        "bare loop over the events": _Row(_times(lambda at: _bare(histories[at]), lives, rounds)),
        "bare decoding": _Row(_times(lambda at: recall([e.body for e in histories[at]]), lives, rounds)),
    }
    for name, some in works.items():
        if some:
            rows[name] = _measured(some, rounds)
    _print(console, rows)
    return {
        name.replace(" ", "_"): {
            "p50_us": round(percentile(row.times, 50) * 1e6, 1),
            "p99_us": round(percentile(row.times, 99) * 1e6, 1),
            "decoded_p50_us": None if row.decoded is None else round(percentile(row.decoded, 50) * 1e6, 1),
            "decoded_p99_us": None if row.decoded is None else round(percentile(row.decoded, 99) * 1e6, 1),
        }
        for name, row in rows.items()
    }


class _Row(NamedTuple):
    """Seconds of each decision; with decoding, too; and how many of them are due."""

    times: list[float]
    decoded: list[float] | None = None
    due: int | None = None


def _measured(some: Sequence[_Work], rounds: int) -> _Row:
    recalled = [recall(bodies) for _, bodies, _ in some]

    def decided(place: int) -> object:
        cause, _, now = some[place]
        return decide(cause, Known(recalled[place], SHIPPED, _POPULATION), SHIPPED, now)

    def decoded(place: int) -> object:
        cause, bodies, now = some[place]
        return decide(cause, Known(recall(bodies), SHIPPED, _POPULATION), SHIPPED, now)

    due = sum(isinstance(decided(place), Due) for place in range(len(some)))
    return _Row(_times(decided, len(some), rounds), _times(decoded, len(some), rounds), due)


def _causes(events: Sequence[Event], now: datetime) -> Iterator[Cause]:
    """One cause of each trigger, as far as a life has any: the latest."""
    named, at = Named(SHIPPED), now.timestamp()
    traced = [(event, None) for event in events]
    newest = max(events, key=lambda event: event.order)
    joined = {(newest.subject, key): matter for key, matter in fold(events, SHIPPED).matters.items()}
    deadlines = [*deadlines_of(joined, traced, SHIPPED)[0], *deadlines_of_events(traced, SHIPPED)[0]]
    found = [
        *causes_of_events(traced, named, at),
        *causes_of_knots(traced, named, at),
        *causes_of_firsts((event, None) for event in events if named.is_first(event, 0.0)),
        *map(cause_of_passing, deadlines),
        *(
            Cause(newest.subject, name, newest.identity.hex(), now, newest.source, newest.id, None)
            for name in ("band_fallen", "silence", "milestone", "surprise", "knot_opened")
        ),
    ]
    yield from {cause.trigger: cause for cause in sorted(found, key=lambda one: one.at)}.values()


def _print(console: Console, rows: dict[str, _Row]) -> None:
    table = Table(title=f"Deciding on one cause, {EVENTS} events behind it")
    for name in ("", "p50", "p99", "decoded p50", "p99 ", "bound", "p50 within", "due"):
        table.add_column(name, justify="left" if not name else "right")
    for name, row in rows.items():
        decoded = [] if row.decoded is None else [percentile(row.decoded, part) for part in (50, 99)]
        table.add_row(
            name,
            _shown(percentile(row.times, 50)),
            _shown(percentile(row.times, 99)),
            *(map(_shown, decoded) if decoded else ("", "")),
            _shown(DECIDING / 1e3) if decoded else "",
            ("yes" if decoded[0] <= DECIDING / 1e3 else "NO") if decoded else "",
            "" if row.due is None else str(row.due),
        )
    console.print(table)
