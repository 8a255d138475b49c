"""`egard import`: any CSV history as events, by a declared mapping of its columns."""

import sys
import zlib
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number
from rich.console import Console

from services.cli.importing.mistakes import MapInvalid
from services.cli.importing.outcomes import convert_file
from services.cli.importing.recipes import Skipped
from services.cli.importing.rows import NoHeader
from services.cli.inputs import Input, opened
from services.cli.progress import meter, say
from services.cli.tally import Refusals, by_count, numbered

_USAGE = 2
_INTERRUPTED = 130
_ROWS_PER_UPDATE = 1000


def import_csv(
    file: Annotated[Path, Parameter(allow_leading_hyphen=True)],
    *,
    map: Annotated[Path, Parameter(name="--map")],  # noqa: A002 - the option's own name
    show: Annotated[int, Parameter(validator=Number(gte=0))] = 20,
) -> int:
    """Turn a CSV history into events, by a map of its columns.

    Reads FILE, a CSV export of a CRM, a ticket desk or a telephone system (plain or gzip; `-` for standard
    input), and writes CloudEvents to standard output, one per line, ready for `egard publish`. MAP is a TOML
    file that says which columns mean what; docs/importing.md shows how to write one.

    The map is checked before the first row, and all its mistakes are told with their lines. A row that
    cannot be read is reported and left out; the others go on. The summary on standard error accounts for
    every row. The exit code is 0 if no row was refused, 1 if some were, 2 if the map or the file cannot be
    used.

        egard import calls.csv --map calls.toml > calls.ndjson

        egard import tickets.csv.gz --map tickets.toml | egard publish -

    Parameters
    ----------
    file
        The CSV file, plain or gzip, or `-` for standard input.
    map
        The TOML file that maps its columns to events.
    show
        How many refused rows to show; the others are only counted.
    """
    console = Console(stderr=True)
    try:
        map_text = map.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        say(console, f"The map {map} cannot be read: {_why(error)}.")
        return _USAGE
    run = _Run(console, show)
    try:
        with opened(file) as source:
            return run.all_rows(source, map_text)
    except MapInvalid as invalid:
        for mistake in invalid.mistakes:
            say(console, f"{map}:{mistake.line}: {mistake.sentence}")
        if invalid.note:
            say(console, invalid.note)
        return _USAGE
    except NoHeader as answer:
        say(console, f"{file}: {answer}")
        return _USAGE
    except BrokenPipeError:
        raise  # no file of ours that cannot be read: whoever reads our output has gone
    except (OSError, EOFError, zlib.error) as error:
        if not run.rows:
            say(console, f"{file} cannot be read: {_why(error)}.")
        else:
            say(console, f"{file}: {_why(error)}. Nothing was imported after row {run.rows:,}.")
        return _USAGE
    except KeyboardInterrupt:
        say(console, "Interrupted.")
        run.tell_summary()
        return _INTERRUPTED


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) and error.strerror else str(error)).rstrip(".")


class _Run:
    """One import, and its account of every row."""

    def __init__(self, console: Console, show: int) -> None:
        self._console = console
        self.rows = 0
        self._fruitful = 0
        self._events: Counter[str] = Counter()
        self._skipped: Counter[str] = Counter()
        self._refused = Refusals(console, show)

    def all_rows(self, source: Input, map_text: str) -> int:
        """Converts a file to standard output. Returns the exit code."""
        outcomes = convert_file(source.stream, map_text, arrived=datetime.now(UTC))
        write = sys.stdout.buffer.write
        # Where the events themselves fill the screen, a bar would only get between them.
        watched = Console(quiet=True) if sys.stdout.isatty() else self._console
        with meter(watched, f"Importing {source.name}", "rows", source.size) as progress:
            for number, line, result in outcomes:
                self.rows = number
                if isinstance(result, list):
                    self._fruitful += 1
                    for type_, event in result:
                        self._events[type_] += 1
                        write(event + b"\n")
                elif isinstance(result, Skipped):
                    self._skipped[result.reason] += 1
                else:
                    self._refused.add(f"row {number} (line {line})", result.reason, result.detail)
                if number % _ROWS_PER_UPDATE == 0:
                    progress.update(source.position, number)
        sys.stdout.buffer.flush()
        self.tell_summary()
        return 1 if self._refused.count else 0

    def tell_summary(self) -> None:
        """Accounts for every row that was read."""
        self._tell(
            f"{numbered(self.rows, 'row')} read, of which {self._fruitful:,} gave "
            f"{numbered(self._events.total(), 'event')}."
        )
        for line in by_count(self._events):
            self._tell(line)
        if self._skipped:
            self._tell(f"Rows left out, as the map says: {self._skipped.total():,}")
            for line in by_count(self._skipped):
                self._tell(line)
        if self._refused.count:
            self._tell(f"Rows refused: {self._refused.count:,}")
            for line in self._refused.lines():
                self._tell(line)

    def _tell(self, line: str) -> None:
        say(self._console, line)
