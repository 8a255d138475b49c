"""Rows of the export as CSV (RFC 4180), such that a spreadsheet takes no cell of it for a formula."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from services.insight.exports.columns import COLUMNS

HEADER = ",".join(column.name for column in COLUMNS) + "\r\n"
"""The first line."""

_NUMBERS = ("health", "recognition", "responsiveness", "trend")
"""What is left empty where the band is unknown."""

# The last four are the same signs in full width, which some spreadsheets take for them.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_SPACE = ("\t", "\r", "\n")


def lines(rows: Iterable[Mapping[str, Any]]) -> str:
    """Some rows of the database as lines of the file."""
    return "".join(map(_line, rows))


def text(value: str) -> str:
    """Somebody's word as a cell, quoted so that no separator of any spreadsheet divides it."""
    doubled = marked(value).replace('"', '""')
    return f'"{doubled}"'


def marked(value: str) -> str:
    """Somebody's word, such that no spreadsheet runs it.

    What a spreadsheet might run begins with an apostrophe, and so does what began with one anyway: whoever
    takes one apostrophe off the front has the word again.
    """
    risky = value.startswith(("'", *_SPACE)) or value.lstrip().startswith(_FORMULA)
    return f"'{value}" if risky else value


def _line(row: Mapping[str, Any]) -> str:
    health, recognition, responsiveness, trend = (
        ("", "", "", "") if row["band"] == "unknown" else (repr(row[name]) for name in _NUMBERS)
    )
    return (
        f"{text(row['customer'])},{text(row['canonical'])},{row['band']},"
        f"{health},{recognition},{responsiveness},{trend},{row['confidence']!r},"
        f"{_time(row['taken_at'])},{_time(row['changed_at'])},{row['revision']},{text(row['strategy'])}\r\n"
    )


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
