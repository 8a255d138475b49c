"""From a sealed journal to the readings that are asked for."""

from collections.abc import Iterator, Sequence

from projections.evidence import Sums, merge, no_sums
from projections.judgement import as_judged, in_force
from projections.knots.weighing import read_with
from projections.reading import Reader, Reading
from projections.strategy import Strategy
from services.cli.scoring.journal import Journal
from services.cli.scoring.knots import Knots
from services.cli.scoring.questions import Questions
from services.cli.scoring.sums import sums_of


def take_readings(journal: Journal, questions: Questions, strategy: Strategy) -> Iterator[int]:
    """Answers all questions. Gives the number of persons done, after each."""
    knots, reader = Knots(journal, strategy), Reader(strategy)
    for done, least in enumerate(questions.persons(), start=1):
        for instants in questions.instants(least):
            _look(journal, questions, knots, reader, least, instants)
        yield done


def _look(
    journal: Journal,
    questions: Questions,
    knots: Knots,
    reader: Reader,
    least: str,
    instants: Sequence[float],
) -> None:
    """Answers the questions about those who were ever linked with one, at some instants."""
    persons = {at: journal.persons(least, at) for at in instants}
    totals: dict[tuple[float, str], Sums] = {}
    members: dict[tuple[float, str], list[str]] = {}
    for alias in journal.aliases(least):
        erased_at = journal.erased_at(alias)
        sums_at = zip(instants, sums_of(journal, reader.strategy, alias, instants), strict=True)
        for at, sums in sums_at:
            if at < erased_at:
                place = at, persons[at].get(alias, alias)
                merge(totals.setdefault(place, no_sums()), sums)
                members.setdefault(place, []).append(alias)
    taken: dict[tuple[float, str], Reading] = {}
    for line, customer, at in questions.between(least, instants[0], instants[-1]):
        place = at, persons[at].get(customer, customer)
        if place not in taken:
            sums = totals.get(place) or no_sums()
            reading = read_with(sums, knots.open_at(members.get(place, ()), at), reader, at)
            made = [one for alias in members.get(place, ()) for one in journal.judgements(alias, at)]
            taken[place] = as_judged(reading, in_force(made, at), reader.strategy)
        questions.answer(line, taken[place])
