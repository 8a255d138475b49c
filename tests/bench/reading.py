"""What a reading and an explanation cost, beside a bare loop over the same sums or the same events.

A reading from state is what every list, batch and renewal pays for each customer; an explanation is what a
page pays for one. Who may have a knot costs more than others: signs say who that is, and their events are
looked at. The bare loop does the least that any code in Python must do to look at them: it adds the sums up,
or takes each event's time and the class of its data.
"""

import gc
import time
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from rich.console import Console
from rich.table import Table

from events import Event
from projections.explanation import explain
from projections.fold import fold, judged
from projections.grouping import grouped
from projections.knots.signs import NEVER, NO_SIGNS, Watch, noted
from projections.knots.weighing import read_with
from projections.reading import Reader, Reading
from projections.strategy import Strategy
from projections.whole import open_tangles
from tests.bench.figures import percentile, say
from tests.unit.histories import DAY, SHIPPED
from tests.unit.lives import life

EVENTS = 200
READINGS = 50.0
"""Microseconds that a reading may take."""

EXPLANATION = 5.0
"""Milliseconds that an explanation may take."""

_LIVES = 50
_ROUNDS = 40
"""How often each is measured; the figure is the middle one of all."""


async def bench(console: Console) -> dict[str, Any]:
    """Prints a table; returns the figures."""
    return measure(console, lives=_LIVES, rounds=_ROUNDS)


def measure(console: Console, *, lives: int, rounds: int) -> dict[str, Any]:
    """Measures so many lives of 200 events, so many times each."""
    draw = Random(5)
    say(f"Reading and explaining {lives} lives of {EVENTS} events, {rounds} times each …")
    # As many matters as such a life has: some dozens, a few of them open.
    histories = [life(draw, EVENTS, matters=25, corrected=0.01) for _ in range(lives)]
    ats = [max(event.at for event in events) + DAY for events in histories]
    states = [fold(events, SHIPPED) for events in histories]
    settled = [list(state.sums) for state in states]
    still_open = [[matter for matter in state.matters.values() if matter.unsettled] for state in states]
    reader = Reader(SHIPPED)

    def state_read(place: int) -> object:
        # An instant of its own each time: nothing that a reader remembers of an instant helps it.
        ats[place] += 1.0
        return reader.read(judged(settled[place], still_open[place], SHIPPED, ats[place]), ats[place])

    def sums_read(place: int) -> object:
        ats[place] += 1.0
        return reader.read(settled[place], ats[place])

    rules = SHIPPED.knots
    signs = [noted(NO_SIGNS, NEVER, events, rules) for events in histories]

    def signs_read(place: int) -> object:
        ats[place] += 1.0
        watch = Watch(signs[place], still_open[place], rules)
        return watch.may_be_open(ats[place]), watch.changes_at((), ats[place])

    def knots_read(place: int) -> object:
        ats[place] += 1.0
        sums = judged(settled[place], still_open[place], SHIPPED, ats[place])
        return read_with(
            sums, open_tangles(histories[place], SHIPPED, ats[place], _unread), reader, ats[place]
        )

    rows = {
        "reading, from sums": (_times(sums_read, lives, rounds), READINGS / 1e6),
        "reading, with open matters": (_times(state_read, lives, rounds), READINGS / 1e6),
        "signs of knots": (_times(signs_read, lives, rounds), READINGS / 1e6),
        "reading, knots looked for": (_times(knots_read, lives, rounds), EXPLANATION / 1e3),
        "bare loop over the sums": (_times(lambda place: _bare_sums(settled[place]), lives, rounds), None),
        "explanation": (
            _times(lambda place: explain(histories[place], SHIPPED, ats[place]), lives, rounds),
            EXPLANATION / 1e3,
        ),
        "explanation, grouped": (
            _times(lambda place: _explained(histories[place], SHIPPED, ats[place]), lives, rounds),
            EXPLANATION / 1e3,
        ),
        "bare loop over the events": (_times(lambda place: _bare(histories[place]), lives, rounds), None),
    }
    _print(console, rows, sorted(map(len, still_open))[lives // 2])
    return {
        name.replace(", ", " ").replace(" ", "_"): {
            "p50_us": round(percentile(times, 50) * 1e6, 2),
            "p99_us": round(percentile(times, 99) * 1e6, 2),
            "bound_us": None if bound is None else bound * 1e6,
        }
        for name, (times, bound) in rows.items()
    }


def _unread(_: float) -> Reading:
    """Nothing is held against what was stated: that is asked of the database, and rarely."""
    return Reading(health=0, recognition=0, responsiveness=0, confidence=0, trend=0, band="unknown")


def _bare_sums(sums: Sequence[float]) -> float:
    total = 0.0
    for value in sums:
        total += value
    return total


def _bare(events: Sequence[Event]) -> dict[type, float]:
    latest: dict[type, float] = {}
    for event in events:
        latest[type(event.data)] = event.at
    return latest


def _explained(events: Sequence[Event], strategy: Strategy, at: float) -> object:
    return grouped(explain(events, strategy, at).contributions)


def _times(work: Callable[[int], object], lives: int, rounds: int) -> list[float]:
    """Seconds of the processor that each call takes: what else the machine does is not counted."""
    found = []
    gc.collect()
    for _ in range(rounds):
        for place in range(lives):
            began = time.thread_time()
            work(place)
            found.append(time.thread_time() - began)
    return found


def _print(console: Console, rows: dict[str, tuple[list[float], float | None]], unsettled: int) -> None:
    table = Table(title=f"{EVENTS} events a life; {unsettled} of its matters are open in the middle case")
    for name in ("", "p50", "p99", "bound", "p50 within"):
        table.add_column(name, justify="left" if not name else "right")
    for name, (times, bound) in rows.items():
        middle = percentile(times, 50)
        table.add_row(
            name,
            _shown(middle),
            _shown(percentile(times, 99)),
            "" if bound is None else _shown(bound),
            "" if bound is None else "yes" if middle <= bound else "NO",
        )
    console.print(table)


def _shown(seconds: float) -> str:
    return f"{seconds * 1e3:,.2f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:,.1f} µs"
