"""From a sealed journal to the readings that are asked for."""

from collections.abc import Iterator, Sequence

from projections.evidence import Sums, merge, no_sums
from projections.judgement import Judgement, as_judged, in_force
from projections.matters import Matter
from projections.reading import read
from projections.strategy import Strategy
from services.cli.scoring.journal import Journal
from services.cli.scoring.questions import Questions
from services.cli.scoring.steps import Steps


def take_readings(journal: Journal, questions: Questions, strategy: Strategy) -> Iterator[int]:
    """Answers all questions. Gives the number of persons done, after each."""
    for done, least in enumerate(questions.persons(), start=1):
        for instants in questions.instants(least):
            _look(journal, questions, strategy, least, instants)
        yield done


def _look(
    journal: Journal, questions: Questions, strategy: Strategy, least: str, instants: Sequence[float]
) -> None:
    """Answers the questions about those who were ever linked with one, at some instants."""
    persons = {at: journal.persons(least, at) for at in instants}
    totals: dict[tuple[float, str], Sums] = {}
    made: dict[tuple[float, str], list[Judgement]] = {}
    for alias in journal.aliases(least):
        erased_at = journal.erased_at(alias)
        sums_at = zip(instants, sums_of(journal, strategy, alias, instants), strict=True)
        for at, sums in sums_at:
            if at < erased_at:
                person = (at, persons[at].get(alias, alias))
                merge(totals.setdefault(person, no_sums()), sums)
                made.setdefault(person, []).extend(journal.judgements(alias, at))
    for line, customer, at in questions.between(least, instants[0], instants[-1]):
        person = (at, persons[at].get(customer, customer))
        reading = read(totals.get(person) or no_sums(), strategy, at)
        questions.answer(line, as_judged(reading, in_force(made.get(person, ()), at), strategy))


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
