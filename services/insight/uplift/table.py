"""The prompts on which the lot fell as CSV (RFC 4180): what the figures rest on, for whoever counts again."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from services.insight.exports.table import text

COLUMNS = (
    "customer",
    "prompt_id",
    "trigger",
    "strategy",
    "arm",
    "counts",
    "state",
    "reaction",
    "cause_at",
    "measured_at",
    "horizon_days",
    "health_then",
    "health_since",
    "complaints",
    "renewals",
)
"""In the order of the file; `docs/exports.md` says what each holds."""

HEADER = ",".join(COLUMNS) + "\r\n"
"""The first line."""

_DAY = 86_400.0


def lines(rows: Iterable[Mapping[str, Any]]) -> str:
    """Some rows of the database as lines of the file."""
    return "".join(map(_line, rows))


def _line(row: Mapping[str, Any]) -> str:
    cells = (
        text(row["customer"]),
        text(row["prompt_id"]),
        row["trigger"],
        text(row["strategy"]),
        row["arm"],
        "true" if row["counts"] else "false",
        row["state"],
        row["reaction"] or "",
        _time(row["cause_at"]),
        _time(row["measured_at"]),
        "" if row["horizon"] is None else repr(row["horizon"] / _DAY),
        *(
            "" if row[name] is None else repr(row[name])
            for name in ("health_then", "health_since", "complaints", "renewals")
        ),
    )
    return ",".join(cells) + "\r\n"


def _time(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat().replace("+00:00", "Z")
