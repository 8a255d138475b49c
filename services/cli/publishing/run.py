"""One run of `egard publish`, from the first line to the summary."""

import asyncio
from datetime import datetime
from difflib import get_close_matches

from rich.console import Console

from events import NAMESPACE, TYPES, Refused
from services.cli.inputs import Input
from services.cli.progress import Meter, meter, say
from services.cli.publishing.bookmark import Bookmark
from services.cli.publishing.lanes import Lanes
from services.cli.publishing.lines import Line, events
from services.cli.publishing.order import InOrder
from services.cli.publishing.patience import Patience
from services.cli.publishing.shift import Shift, time_of
from services.cli.publishing.target import NotTaken, Target, Verdict, explained
from services.cli.tally import Refusals, numbered
from services.runtime.errors import Fatal

_AFTERWARDS = (
    "Kafka has what was accepted. If the journal knows an id from another event, this one becomes a dead "
    "letter (`egard deadletters list`)."
)


class Run:
    """Publishes the lines of an input, and counts what became of each."""

    def __init__(self, console: Console, show: int) -> None:
        self.accepted = 0
        self.refused = Refusals(console, show)
        self.resumable_after: int | None = None
        """The line after which an interrupted run can be resumed; None where it cannot or need not be."""
        self._order = InOrder(self.refused)
        self._read = 0
        self._unknown: set[str] = set()
        self._console = console
        self._bookmark: Bookmark | None = None

    async def all_lines(
        self,
        source: Input,
        target: Target,
        shift_to: datetime | None,
        patience: Patience,
        *,
        lanes: int,
        batch: int,
        bookmark: Bookmark | None = None,
    ) -> None:
        """Publishes everything that a bookmark says is left. Raises `Fatal` where that cannot go on."""
        self._bookmark = bookmark
        ways = Lanes(target, patience, self._settle, lanes=lanes, batch=batch)
        try:
            shift = await self._shift(source, shift_to)
            await target.start()
            if bookmark is not None:
                bookmark.begin(shift)
            with meter(self._console, f"Publishing to {target.name}", "events", source.size) as progress:
                async with asyncio.TaskGroup() as group:
                    ways.start(group)
                    group.create_task(self._feed(source, target, shift, ways, progress))
            if bookmark is not None:
                bookmark.clear()
                self._bookmark = None
        except ExceptionGroup as errors:
            error = _first(errors)
            if isinstance(error, NotTaken) and ways.took_nothing and bookmark is not None:
                bookmark.abandon()
            raise error from None
        finally:
            self._order.end()
            if self._bookmark is not None and self._bookmark.keep():
                self.resumable_after = self._bookmark.line
            await target.stop()

    async def _shift(self, source: Input, until: datetime | None) -> Shift | None:
        """The shift that brings the newest event to an instant, or that of the run that is resumed."""
        if self._bookmark is not None and self._bookmark.resumed:
            return self._bookmark.shift
        return None if until is None else Shift(until - await self._newest(source))

    async def _newest(self, source: Input) -> datetime:
        """The time of the newest event. Afterwards the input is read anew."""
        if source.is_pipe:
            raise Fatal(
                "--shift-to reads the events twice, which a pipe does not allow: save them to a file."
            )
        newest = None
        with meter(self._console, "Looking for the newest event", "lines", source.size) as progress:
            async for number, body in events(source):
                time = time_of(body)
                if time is not None and (newest is None or time > newest):
                    newest = time
                progress.update(source.position, number)
        if newest is None:
            raise Fatal(f"{source.name} holds no event with a time to shift.")
        source.stream.seek(0)
        return newest

    async def _feed(
        self, source: Input, target: Target, shift: Shift | None, lanes: Lanes, progress: Meter
    ) -> None:
        bookmark = self._bookmark
        async for number, body in events(source):
            self._read += 1
            progress.update(source.position, self.accepted, note=self._note())
            if bookmark is not None and not bookmark.read(number, body):
                if number == bookmark.line:
                    bookmark.check()
                    self._take_up(bookmark)
                continue
            try:
                line = target.check(number, body if shift is None else shift.apply(body))
            except Refused as refused:
                self._refuse(number, refused.reason, explained(refused.detail, refused.accepted))
            else:
                self._order.wait(number)
                if bookmark is not None:
                    bookmark.wait(number)
                await lanes.put(line)
        if bookmark is not None:
            bookmark.end()
        await lanes.end()

    def _take_up(self, bookmark: Bookmark) -> None:
        """Counts what became of the lines that an earlier run has settled."""
        self.accepted += bookmark.accepted
        self.refused.by_reason.update(bookmark.refused)

    def _settle(self, batch: list[Line], verdict: Verdict) -> None:
        self.accepted += verdict.accepted
        self._unknown |= verdict.unknown
        for line, reason, detail in verdict.rejected:
            self._refuse(line.number, reason, detail)
        self._order.settle(line.number for line in batch)
        if self._bookmark is not None:
            self._bookmark.settle(line.number for line in batch)

    def _refuse(self, number: int, reason: str, detail: str) -> None:
        self._order.refuse(number, reason, detail)
        if self._bookmark is not None:
            self._bookmark.refuse(number, reason)

    def _note(self) -> str:
        return f", {self.refused.count:,} refused" if self.refused.count else ""

    def print_summary(self) -> None:
        """Says what became of every line, those of the runs that this one continued included."""
        out = Console()
        refused = self.refused.count
        accepted = numbered(self.accepted, "event")
        say(out, f"{accepted} accepted, {refused:,} refused, of {numbered(self._read, 'line')}.")
        for line in self.refused.lines():
            say(out, line)
        for name in sorted(self._unknown):
            say(out, f"The language has no type {name!r}, so it is kept and never scored;{_meant(name)}")
        if self.accepted:
            say(out, _AFTERWARDS)
        left = self._read - self.accepted - refused
        if left > 0:
            say(out, f"{left:,} {'has' if left == 1 else 'have'} no answer; publishing again is safe.")
        if self.resumable_after is not None:
            say(out, f"--resume continues after line {self.resumable_after:,}.")


def _meant(name: str) -> str:
    """What was probably meant by a type that the language does not have."""
    whole = name if name.startswith(NAMESPACE) else f"{NAMESPACE}{name}"
    near = get_close_matches(whole.lower(), TYPES, n=1)
    return f" did you mean {near[0]}?" if near else " `egard schemas` lists those it has."


def _first(errors: ExceptionGroup[Exception]) -> Exception:
    """What to tell of several lanes that failed at once: a sentence for people, if there is one."""
    fatal = errors.subgroup(Fatal)
    error: Exception = errors if fatal is None else fatal
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error
