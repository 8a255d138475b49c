"""From a sealed journal to one subject's sums."""

from collections.abc import Iterator, Sequence

from projections.evidence import Sums
from projections.matters import Matter
from projections.strategy import Strategy
from services.cli.scoring.journal import Journal
from services.cli.scoring.steps import Steps


def sums_of(journal: Journal, strategy: Strategy, subject: str, instants: Sequence[float]) -> Iterator[Sums]:
    """One subject's sums at some instants, each later than the one before it."""
    steps = Steps(instants, strategy)
    matter: tuple[int, str] | None = None
    row: Matter | None = None
    since = 0
    for entry in journal.entries(subject, instants[-1]):
        place = steps.place(entry.at)
        if entry.kind == 0:
            end = steps.end if entry.until is None else steps.place(entry.until)
            steps.add_signal(entry.signal(), place, end)
            continue
        if (entry.kind, entry.matter) != matter:
            if row is not None:
                steps.add_matter(row, since, steps.end)
            matter, row = (entry.kind, entry.matter), None
        elif row is not None:
            steps.add_matter(row, since, place)
        if entry.said is None:
            row = journal.rejoin(subject, entry)
        elif row is None:
            row = entry.partial()
        else:
            row = row.merge(entry.partial())  # type: ignore[arg-type]
        since = place
    if row is not None:
        steps.add_matter(row, since, steps.end)
    return steps.sums()
