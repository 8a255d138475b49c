"""The shared data, which lies beside the project and is never copied into it."""

import csv
import gzip
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).parent
DATA = HERE.parents[2] / "shared" / "data"


class AbsentError(Exception):
    """A file that a part needs is not here; the message says which."""


def path_of(name: str) -> Path:
    """Where a shared file lies. Raises `AbsentError`."""
    path = DATA / f"{name}.csv.gz"
    if not path.is_file():
        raise AbsentError(f"{name}.csv.gz is not here: the shared data lies outside the repository.")
    return path


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of a shared file. Raises `AbsentError`."""
    with gzip.open(path_of(name), "rt", encoding="utf-8", newline="") as text:
        yield from csv.DictReader(text)


def table_of(lines: Sequence[Mapping[str, str]], *, empty: Sequence[str] = ()) -> io.BytesIO:
    """Rows as a CSV file, with some columns that are named and hold nothing."""
    written = io.StringIO()
    table = csv.DictWriter(written, fieldnames=[*lines[0], *empty], restval="")
    table.writeheader()
    table.writerows(lines)
    return io.BytesIO(written.getvalue().encode())
