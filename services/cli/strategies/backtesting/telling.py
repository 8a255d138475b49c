"""A backtest, put into words and tables."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from projections.backtest import Would
from services.cli.strategies.backtesting.tally import Overlap, Tally

NOT_SIMULATED = (
    "each event is taken to have been known when it happened, links between ids as they are today",
    "each prompt is taken to be acted on as soon as it is given: nobody snoozes, declines or lets it lie",
    "the budget of minutes, shifts and who is there; machine or person; the most surprises in thirty days",
    "what customers would have done otherwise: what they did, also in answer to real prompts, stays as it is",
)
"""What a backtest leaves out."""

_UNSAID = ("agent_id",)
"""It is about what a strategy does, and nobody of the team is named in it."""


def told(tally: Tally, since: datetime, until: datetime) -> str:
    """What one strategy would have done."""
    lines = [
        f"Version {tally.strategy.version}, {since:%Y-%m-%d} to {until:%Y-%m-%d}: "
        f"{_sum(tally.given)} for {tally.people:,} {'person' if tally.people == 1 else 'people'}.",
        "",
    ]
    names = sorted(tally.given.keys() | tally.why_not.keys(), key=lambda name: (-tally.given[name], name))
    rows = [
        [name, f"{tally.given[name]:,}", f"{tally.minutes[name]:,.0f}", _reasons(tally.why_not.get(name))]
        for name in names
    ]
    lines += _table(["trigger", "given", "minutes", "not given"], rows)
    lines += ["", *_weeks(tally)]
    if tally.given:
        lines += ["", "Some of them, drawn by lot (times in UTC):", *map(_line, tally.sample.drawn())]
    return "\n".join(lines)


def told_beside(overlap: Overlap, first: str, second: str) -> str:
    """What two strategies would have given."""
    lines = [f"Both {first} and {second}: {_sum(overlap.both)}.", ""]
    lines += _table(["trigger", "both", f"only {first}", f"only {second}"], _rows(overlap))
    for name, sample in ((first, overlap.of_first), (second, overlap.of_second)):
        if drawn := sample.drawn():
            lines += ["", f"Some that only {name} would have given (times in UTC):", *map(_line, drawn)]
    return "\n".join(lines)


def told_real(overlap: Overlap, version: str, late: datetime | None) -> str:
    """What a strategy really gave, beside what it would have given; `late` if it was put to use meanwhile."""
    if not overlap.both and not overlap.second_only:
        return (
            f"Nobody was really prompted by version {version} in that time: there is nothing to compare with."
        )
    since = (
        "" if late is None else f" It was put to use at {late:%Y-%m-%d %H:%M} UTC, and gave nothing before."
    )
    lines = [
        f"What version {version} really gave in that time, beside what it would have given; they differ by "
        f"what is not simulated, and by when it was put to use.{since}",
        "",
    ]
    lines += _table(["trigger", "both", "only here", "only really"], _rows(overlap))
    return "\n".join(lines)


def not_simulated() -> str:
    """What to know of any of it."""
    return "\n".join(["Not simulated:", *(f"  - {one}" for one in NOT_SIMULATED)])


def _rows(overlap: Overlap) -> list[list[str]]:
    counts = (overlap.both, overlap.first_only, overlap.second_only)
    names = sorted(set().union(*counts))
    return [[name, *(f"{count[name]:,}" for count in counts)] for name in names]


def _reasons(counts: Counter[str] | None) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in (counts or Counter()).most_common())


def _weeks(tally: Tally) -> list[str]:
    budget = tally.strategy.outreach.budget.minutes
    lines = [f"Minutes of care, by week; the budget is {budget:,.0f}:"]
    for monday, minutes in sorted(tally.weeks.items()):
        over = "  more than the budget" if minutes > budget else ""
        lines.append(f"  from {monday:%Y-%m-%d}  {minutes:>8,.0f}{over}")
    return lines if tally.weeks else ["No minutes of care are needed."]


def _line(one: Would) -> str:
    stated = {name: value for name, value in one.why.parameters.items() if name not in _UNSAID}
    said = ", ".join(f"{name}: {_plain(value)}" for name, value in stated.items() if value is not None)
    why = one.trigger if one.why.template == one.trigger else f"{one.trigger}: {one.why.template}"
    return f"  {one.at:%Y-%m-%d %H:%M}  {one.customer}  {why}" + (f" ({said})" if said else "")


def _plain(value: object) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value)


def _sum(counts: Counter[str]) -> str:
    total = sum(counts.values())
    return f"{total:,} {'prompt' if total == 1 else 'prompts'}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Columns as wide as what they hold; numbers stand to the right, words to the left."""
    every = [list(head), *map(list, rows)]
    widths = [max(len(row[place]) for row in every) for place in range(len(head))]
    lines = []
    for row in every:
        cells = [
            cell.ljust(width) if place == 0 or head[place] == "not given" else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(f"  {'  '.join(cells).rstrip()}")
    return lines
