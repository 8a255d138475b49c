"""The place in one publication: found again at its beginning, and kept while it goes on."""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from pathlib import Path

import msgspec
from rich.console import Console

from services.cli.inputs import Input
from services.cli.progress import say
from services.cli.publishing.ledger import Ledger
from services.cli.publishing.place import Place, Shelf
from services.cli.publishing.shift import Shift
from services.runtime.errors import Fatal

_EVERY_S = 1.0
_MICROSECOND = timedelta(microseconds=1)


class Bookmark:
    """Counts lines to where an earlier run stopped, and keeps the place of this one.

    It is written about once a second and when the run stops, and removed when all lines have their answer. A
    process that is killed so loses a second: these lines go out again. The distance of a shift is written
    before the first event goes out, for with another distance the same lines would be other events.
    """

    def __init__(
        self,
        shelf: Shelf,
        place: Place,
        console: Console,
        *,
        resumed: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.resumed = resumed
        self._shelf = shelf
        self._place = place
        self._console = console
        self._clock = clock
        self._ledger = Ledger(place.refused)
        self._kept_at: float | None = None
        self._found = not place.line
        self._failed = False

    @property
    def refused(self) -> dict[str, int]:
        """What an earlier run was refused, by reason."""
        return self._place.refused

    @property
    def accepted(self) -> int:
        """How many events an earlier run brought in."""
        return self._place.lines - sum(self._place.refused.values())

    @property
    def shift(self) -> Shift | None:
        """How an earlier run moved the times."""
        by = self._place.shift_us
        return None if by is None else Shift(by * _MICROSECOND)

    @property
    def line(self) -> int:
        """The line up to which nothing is left to do."""
        return self._place.line

    def begin(self, shift: Shift | None) -> None:
        """Keeps the place for the first time, with the distance by which this run moves all times."""
        if shift is not None:
            self._place = msgspec.structs.replace(self._place, shift_us=shift.by // _MICROSECOND)
            if not self.resumed:
                self._save()

    def read(self, number: int, body: bytes) -> bool:
        """Takes note of the next line; says whether it is still to be sent.

        Raises `Fatal` where the line at which the earlier run stopped is not there any more.
        """
        if not self._found and number > self._place.line:
            raise self._changed()
        self._ledger.read(number, body)
        return self._found

    def check(self) -> None:
        """The place is reached. Raises `Fatal` where the lines up to here are not those that were settled."""
        if (self._ledger.lines, self._ledger.digest) != (self._place.lines, self._place.digest):
            raise self._changed()
        self._found = True
        self._ledger.begin_here()

    def end(self) -> None:
        """The input has no more lines. Raises `Fatal` where it ended before the place was reached."""
        if not self._found:
            raise self._changed()

    def wait(self, number: int) -> None:
        """A line is on its way."""
        self._ledger.wait(number)

    def refuse(self, number: int, reason: str) -> None:
        """A line was refused."""
        self._ledger.refuse(number, reason)

    def settle(self, numbers: Iterable[int]) -> None:
        """Lines have their answer. Keeps the place, if it was not kept for a while."""
        self._ledger.settle(numbers)
        if self._kept_at is None or self._clock() - self._kept_at >= _EVERY_S:
            self._save()

    def keep(self) -> bool:
        """Keeps the place of a run that stops; says whether there is one to continue from."""
        if self._found and self._kept_at is not None:
            self._save()
        return (self.resumed or self._kept_at is not None) and not self._failed

    def clear(self) -> None:
        """Nothing is left to do."""
        self._shelf.clear()

    def abandon(self) -> None:
        """Nothing was taken in this run: if it was the first, there is nothing to continue."""
        if not self.resumed and self._kept_at is not None:
            self._shelf.clear()
            self._kept_at = None

    def _changed(self) -> Fatal:
        return _changed(self._place, self._shelf)

    def _save(self) -> None:
        mark = self._ledger.mark()
        if mark.line >= self._place.line:
            self._place = msgspec.structs.replace(
                self._place, line=mark.line, lines=mark.lines, digest=mark.digest, refused=mark.refused
            )
        self._kept_at = self._clock()
        try:
            self._shelf.save(self._place)
        except OSError as error:
            if not self._failed:
                say(
                    self._console,
                    f"The place cannot be kept ({error.strerror}): this run cannot be resumed.",
                )
            self._failed = True


def bookmark(
    file: Path,
    source: Input,
    *,
    to: str,
    shift_to: str | None,
    resume: bool,
    console: Console,
    environ: Mapping[str, str],
) -> Bookmark | None:
    """The bookmark of a publication: a new one, or with `resume` that of an interrupted run.

    None for a pipe, which nobody can read again. Raises `Fatal` where a run cannot be resumed as asked.
    """
    if source.size is None:
        if resume:
            raise Fatal("A pipe cannot be read again from where it stopped: save the events to a file.")
        return None
    shelf = Shelf(file, environ)
    if resume:
        place = shelf.load()
        if place is not None:
            _check(place, shelf, to=to, size=source.size, shift_to=shift_to)
            say(console, f"Continuing after line {place.line:,}: all before it has its answer.")
            return Bookmark(shelf, place, console, resumed=True)
        say(console, f"No interrupted publication of {file} is known; this one begins with its first line.")
    else:
        _consider(shelf, file, to, source.size, shift_to, console)
    new = Place(
        to=to,
        size=source.size,
        line=0,
        lines=0,
        digest=Ledger().digest,
        refused={},
        shift_to=shift_to,
        shift_us=None,
    )
    return Bookmark(shelf, new, console, resumed=False)


def _check(place: Place, shelf: Shelf, *, to: str, size: int, shift_to: str | None) -> None:
    if place.to != to:
        raise Fatal(f"The interrupted publication went to {place.to}, and this one would go to {to}.")
    if place.size != size:
        raise _changed(place, shelf)
    if shift_to is not None and shift_to != place.shift_to:
        was = "without --shift-to" if place.shift_to is None else f"with --shift-to {place.shift_to}"
        raise Fatal(
            f"The interrupted publication was begun {was}: resume it so, or its events would be others."
        )


def _consider(shelf: Shelf, file: Path, to: str, size: int, shift_to: str | None, console: Console) -> None:
    """Says that an interrupted run could be resumed; refuses what would bring its events in twice."""
    try:
        place = shelf.load()
    except Fatal:
        return  # it is about to be replaced
    if place is None:
        return
    is_other = shift_to is not None and place.shift_us is not None and place.to == to
    if is_other and place.size != size:
        raise _changed(place, shelf)
    was = f"An earlier publication of {file} to {place.to} was interrupted after line {place.line:,}"
    if is_other:
        raise Fatal(
            f"{was}, and moved all times by a distance of its own. --resume continues it; begun anew, the "
            f"same events would come in twice, as others. To do that all the same, remove {shelf.where}."
        )
    hint = "--resume would have continued it" if place.size == size else "the file has changed since"
    say(console, f"{was}; {hint}. This one begins with the first line.")


def _changed(place: Place, shelf: Shelf) -> Fatal:
    begun = (
        "The file has changed since its publication was interrupted, so nobody can say which of its lines "
        "were published"
    )
    if place.shift_us is None:
        return Fatal(
            f"{begun}; publish it from the beginning, without --resume. What is known already is not counted "
            "twice."
        )
    return Fatal(
        f"{begun}. Bring back the file as it was and --resume it. To publish this one all the same, from the "
        f"beginning, remove {shelf.where}: its times then move by another distance, so what was published "
        "comes in twice, as other events."
    )
