"""Progress on standard error: a bar where somebody watches, a plain line now and then where nobody does."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

_REDRAW_S = 0.1
_PLAIN_EVERY_S = 10.0


class Meter(Protocol):
    """What a command tells its progress to."""

    def update(self, position: int, count: int, *, note: str = "") -> None:
        """Bytes read so far, and how many of what is counted."""


@contextmanager
def meter(console: Console, label: str, unit: str, size: int | None) -> Iterator[Meter]:
    """A meter of the way through `size` bytes, which says how many `unit` were done and how fast."""
    if console.is_terminal:
        with _Bar(console, label, unit, size) as bar:
            yield bar
    else:
        yield _Plain(console, label, unit, size)


def say(console: Console, text: str) -> None:
    """Prints a line as it is: no markup, no colours guessed, no wrapping in the middle of an id."""
    console.print(Text(text), soft_wrap=True)


class _Pace:
    """Spares the console: an update is shown at most every so often."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._started = time.monotonic()
        self._shown = self._started

    def is_due(self) -> bool:
        now = time.monotonic()
        if now - self._shown < self._every_s:
            return False
        self._shown = now
        return True

    def rate(self, count: int) -> float:
        return count / max(time.monotonic() - self._started, 1e-9)


class _Bar:
    def __init__(self, console: Console, label: str, unit: str, size: int | None) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[done]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._unit = unit
        self._pace = _Pace(_REDRAW_S)
        self._task = self._progress.add_task(label, total=size, done="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def update(self, position: int, count: int, *, note: str = "") -> None:
        if self._pace.is_due():
            done = f"{count:,} {self._unit}, {self._pace.rate(count):,.0f}/s{note}"
            self._progress.update(self._task, completed=position, done=done)


class _Plain:
    def __init__(self, console: Console, label: str, unit: str, size: int | None) -> None:
        self._console = console
        self._label = label
        self._unit = unit
        self._size = size
        self._pace = _Pace(_PLAIN_EVERY_S)

    def update(self, position: int, count: int, *, note: str = "") -> None:
        if self._pace.is_due():
            share = f" ({position / self._size:.0%})" if self._size else ""
            rate = self._pace.rate(count)
            say(self._console, f"{self._label}: {count:,} {self._unit}{share}, {rate:,.0f}/s{note}")
