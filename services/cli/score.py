"""`egard score`: readings from a file of events, with no infrastructure."""

import csv
import os
import sqlite3
import sys
import zlib
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from events import Refused, decode
from projections.strategy import Strategy, StrategyError, parse
from services.cli.inputs import opened
from services.cli.progress import meter, say
from services.cli.scoring.journal import Journal
from services.cli.scoring.lines import lines
from services.cli.scoring.queries import QueryError, instant, queries
from services.cli.scoring.questions import Questions
from services.cli.scoring.readings import take_readings
from services.cli.scoring.refusals import Refusals
from services.cli.scoring.scratch import scratch
from services.runtime.errors import Fatal
from services.runtime.settings import strategy_file

_INTERRUPTED = 130
_EVENTS_PER_UPDATE = 1000
_COLUMNS = ("customer", "time", "health", "recognition", "responsiveness", "confidence", "band")


def score(
    events: Annotated[Path, Parameter(allow_leading_hyphen=True)],
    *,
    at: str,
    strategy: Path | None = None,
    work_dir: Path | None = None,
) -> int:
    """Work out readings from a file of events, without a database or a broker.

    Reads EVENTS, CloudEvents in JSON, one per line (plain or gzip; `-` for standard input), in any order,
    and prints a CSV line per customer and time. A reading at a time uses only the events up to that time.

    An event that is repeated counts once. One that cannot be accepted is left out, and standard error says at
    the end how many there were, why, and on which line the first of each kind stands.

    Memory does not grow with the number of events; temporary files take about twice the room of EVENTS.

    The exit code is 0 if there are readings, 1 if no event could be used or a file cannot be read.

    Examples
    --------
    Everyone, at the end of October:

        egard score history.ndjson --at 2026-10-31T23:59:59+01:00

    Certain customers at certain times, from a CSV file with the columns `customer` and `time`:

        egard score history.ndjson --at questions.csv > readings.csv

    What a change of the strategy would make of it:

        egard score history.ndjson --at questions.csv --strategy draft.toml > others.csv

    Parameters
    ----------
    events
        The file of events, plain or gzip, or `-` for standard input.
    at
        A time (RFC 3339, with its offset) for everyone, or a CSV file of customers and times.
    strategy
        The strategy to read with; else the one that EGARD_STRATEGY names, or the one that the project ships.
    work_dir
        Where temporary files go; else where the system puts them.
    """
    console = Console(stderr=True)
    try:
        return _Run(console, _strategy(strategy), work_dir).all(events, at)
    except (Fatal, QueryError) as mistake:
        say(console, str(mistake))
    except BrokenPipeError:
        raise  # no file of ours that cannot be read: whoever reads our output has gone
    except (OSError, EOFError, zlib.error) as error:
        say(console, _sentence(error, events))
    except sqlite3.Error as error:
        say(console, f"The temporary database failed: {error}.")
    except KeyboardInterrupt:
        say(console, "Interrupted.")
        return _INTERRUPTED
    return 1


def _strategy(path: Path | None) -> Strategy:
    file = path or strategy_file(os.environ)
    try:
        return parse(file.read_bytes())
    except StrategyError as error:
        raise Fatal(f"{file}: {error}") from None


def _sentence(error: OSError | EOFError | zlib.error, events: Path) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or events} cannot be read: {error.strerror}."
    return f"{events} cannot be read: {str(error).rstrip('.')}."


class _Run:
    """One scoring, from the first line to the last answer."""

    def __init__(self, console: Console, strategy: Strategy, work_dir: Path | None) -> None:
        if work_dir is not None and not os.access(work_dir, os.W_OK | os.X_OK):
            raise Fatal(f"Nothing can be written in {work_dir}.")
        self._console = console
        self._strategy = strategy
        self._work_dir = work_dir
        self._accepted = 0
        self._repeated = 0
        self._refusals = Refusals()

    def all(self, events: Path, at: str) -> int:
        """Reads, folds and prints. Returns the exit code."""
        everyone_at = instant(at)
        with closing(scratch(self._work_dir)) as database:
            journal = Journal(database, self._strategy)
            questions = Questions(database)
            if everyone_at is None:
                questions.ask(queries(_questions_file(at)))
            self._accept_all(journal, events)
            if not self._accepted:
                self._tell(f"{_name(events)} holds no event that can be used.")
                return 1
            if everyone_at is not None:
                questions.ask_about_everyone(at, everyone_at)
            self._fold(journal, questions)
            _print(questions)
        self._tell(f"{self._accepted:,} events were folded; {self._repeated:,} more were repetitions.")
        return 0

    def _accept_all(self, journal: Journal, path: Path) -> None:
        with (
            opened(path) as source,
            meter(self._console, f"Reading {source.name}", "events", source.size) as progress,
        ):
            for number, body in lines(source.stream):
                try:
                    if journal.accept(decode(body, arrived=datetime.now(UTC)), number):
                        self._accepted += 1
                    else:
                        self._repeated += 1
                except Refused as refused:
                    self._refusals.add(number, refused)
                if number % _EVENTS_PER_UPDATE == 0:
                    progress.update(source.position, number)
        if self._refusals.count:
            self._tell(f"{self._refusals.count:,} of {number:,} lines were refused:")
            for sentence in self._refusals.sentences():
                self._tell(f"  {sentence}")
        journal.seal()

    def _fold(self, journal: Journal, questions: Questions) -> None:
        size = questions.sort()
        with meter(self._console, "Folding", "customers", size) as progress:
            for done in take_readings(journal, questions, self._strategy):
                progress.update(done, done)

    def _tell(self, line: str) -> None:
        say(self._console, line)


def _questions_file(text: str) -> Path:
    path = Path(text)
    if not path.exists():
        raise Fatal(
            f"{text} is neither a file of questions nor a time (RFC 3339, with its offset, "
            "for example 2026-11-22T09:30:00+01:00)."
        )
    return path


def _name(events: Path) -> str:
    return "Standard input" if events == Path("-") else str(events)


def _print(questions: Questions) -> None:
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(_COLUMNS)
    table.writerows(_row(answer) for answer in questions.answers())
    sys.stdout.flush()


def _row(answer: tuple[str, str, float, float, float, float, str]) -> Iterator[str]:
    customer, time, *figures, band = answer
    yield customer
    yield time
    # More digits than the 1e-9 within which two readings are the same.
    for figure in figures:
        yield f"{figure:.10f}"
    yield band
