"""What is asked: a CSV file of customers and times."""

import csv
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec

_Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class QueryError(Exception):
    """A query cannot be understood; the message says which, and what is wrong with it."""


class Query(NamedTuple):
    """One customer at one time."""

    customer: str
    time: str
    """The time as it was written: the answer repeats it."""
    at: float
    """Seconds since the Unix epoch."""


def instant(text: str) -> float | None:
    """An RFC 3339 time with an offset, in seconds since the Unix epoch; None where it is something else."""
    try:
        return msgspec.convert(text, _Instant).timestamp()
    except (msgspec.ValidationError, OverflowError):
        return None


def queries(path: Path) -> Iterator[Query]:
    """The queries of a CSV file with the columns `customer` and `time`, in its order.

    Other columns are passed over. Raises `QueryError` or `OSError`.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        try:
            header = [name.strip().lower() for name in next(rows, [])]
            if "customer" not in header or "time" not in header:
                raise QueryError(f"{path} does not begin with a line that names `customer` and `time`.")
            customer_at, time_at = header.index("customer"), header.index("time")
            for row in rows:
                if not any(row):
                    continue
                if len(row) <= max(customer_at, time_at):
                    raise QueryError(f"{path}, line {rows.line_num}: a column is missing.")
                customer, time = row[customer_at], row[time_at].strip()
                at = instant(time)
                if at is None:
                    raise QueryError(
                        f"{path}, line {rows.line_num}: {time!r} is not an RFC 3339 time with an offset, "
                        "for example 2026-11-22T09:30:00+01:00."
                    )
                yield Query(customer, time, at)
        except (csv.Error, UnicodeDecodeError) as error:
            raise QueryError(f"{path} is not a CSV file in UTF-8: {error}.") from None
