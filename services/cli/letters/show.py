"""Dead letters for a person to read: a table of many, or all of one."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from services.cli.letters.store import headers_of

_ROW = 16
"""Bytes in a line of what is no text."""


def table(rows: Iterable[Any]) -> Table:
    """A line per dead letter."""
    made = Table(box=SIMPLE_HEAD, pad_edge=False)
    for title in ("id", "refused at (UTC)", "reason", "place", "event"):
        made.add_column(title, no_wrap=title != "event", overflow="fold")
    made.add_column("detail", overflow="fold", ratio=1)
    for row in rows:
        cells = (
            str(row["id"]),
            f"{row['refused_at']:%Y-%m-%d %H:%M:%S}",
            row["reason"],
            f"{row['kafka_partition']}@{row['kafka_offset']}",
            _event(row),
            row["detail"],
        )
        made.add_row(*(Text(readable(cell)) for cell in cells))
    return made


def summary(counts: Mapping[str, int]) -> str:
    """How many there are, and of which reasons."""
    total = sum(counts.values())
    if not total:
        return "No dead letters."
    by_reason = ", ".join(f"{reason} {count:,}" for reason, count in counts.items())
    return f"{total:,} dead {'letter' if total == 1 else 'letters'}: {by_reason}."


def fields(row: Any) -> dict[str, object]:
    """A dead letter without its bytes, for programs."""
    return {
        "id": row["id"],
        "refused_at": row["refused_at"],
        "reason": row["reason"],
        "detail": row["detail"],
        "pointer": row["pointer"],
        "topic": row["topic"],
        "partition": row["kafka_partition"],
        "offset": row["kafka_offset"],
        "source": row["source"],
        "event_id": row["event_id"],
        "subject": row["subject"],
        "attempts": row["attempts"],
    }


def page(row: Any) -> Iterator[str]:
    """All that is known of a dead letter, line by line."""
    times = "once" if row["attempts"] == 1 else f"{row['attempts']} times"
    value = row["value"]
    headers = headers_of(row["headers"])
    said = [
        ("dead letter", str(row["id"])),
        ("refused", f"{row['refused_at']:%Y-%m-%d %H:%M:%S} UTC, {times}"),
        ("reason", row["reason"]),
        ("detail", row["detail"]),
        ("pointer", row["pointer"] or "none: it is about the whole"),
        ("place", f"{row['topic']}, partition {row['kafka_partition']}, offset {row['kafka_offset']}"),
        ("event", _event(row) or "cannot be told"),
        ("subject", row["subject"] or "cannot be told"),
        ("key", _content(row["key"])),
        *((f"header {name}", _content(content)) for name, content in headers),
        ("value", "none" if value is None else f"{len(value):,} bytes"),
    ]
    for title, text in said:
        yield f"{readable(title)}: {readable(text)}"
    if value:
        yield ""
        yield from _lines(value)


def readable(text: str) -> str:
    """A text that does nothing to a terminal: what cannot be seen is written as an escape."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def _event(row: Any) -> str:
    named = (("id", row["event_id"]), ("source", row["source"]))
    return ", ".join(f"{name} {value}" for name, value in named if value is not None)


def _content(content: bytes | None) -> str:
    if content is None:
        return "none"
    try:
        return content.decode()
    except UnicodeDecodeError:
        return f"{content.hex(' ')} (no UTF-8)"


def _lines(value: bytes) -> Iterator[str]:
    """Bytes as text where they are, else in hexadecimal beside their ASCII."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        for start in range(0, len(value), _ROW):
            row = value[start : start + _ROW]
            ascii_ = "".join(chr(one) if 32 <= one < 127 else "." for one in row)
            yield f"{start:08x}  {row.hex(' '):<{3 * _ROW}} {ascii_}"
    else:
        yield from ("\t".join(map(readable, line.split("\t"))) for line in text.split("\n"))
