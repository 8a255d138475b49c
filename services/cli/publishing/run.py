"""One run of `egard publish`, from the first line to the summary."""

import asyncio
from datetime import datetime

from rich.console import Console

from events import Refused
from services.cli.inputs import Input
from services.cli.progress import Meter, meter, say
from services.cli.publishing.lanes import Lanes
from services.cli.publishing.lines import lines
from services.cli.publishing.patience import Patience
from services.cli.publishing.shift import Shift, time_of
from services.cli.publishing.target import Target, Verdict
from services.cli.tally import Refusals
from services.runtime.errors import Fatal


class Run:
    """Publishes the lines of an input, and counts what became of each."""

    def __init__(self, console: Console, show: int) -> None:
        self.accepted = 0
        self.refused = Refusals(console, show)
        self._read = 0
        self._console = console

    async def all_lines(
        self,
        source: Input,
        target: Target,
        shift_to: datetime | None,
        patience: Patience,
        *,
        lanes: int,
        batch: int,
    ) -> None:
        """Publishes everything. Raises `Fatal` where that cannot go on."""
        shift = None if shift_to is None else await self._shift(source, shift_to)
        try:
            await target.start()
            ways = Lanes(target, patience, self._settle, lanes=lanes, batch=batch)
            with meter(self._console, f"Publishing to {target.name}", "events", source.size) as progress:
                async with asyncio.TaskGroup() as group:
                    ways.start(group)
                    group.create_task(self._feed(source, target, shift, ways, progress))
        except ExceptionGroup as errors:
            raise _first(errors) from None
        finally:
            await target.stop()

    async def _shift(self, source: Input, until: datetime) -> Shift:
        """The shift that brings the newest event to an instant. Afterwards the input is read anew."""
        if source.is_pipe:
            raise Fatal(
                "--shift-to reads the events twice, which a pipe does not allow: save them to a file."
            )
        newest = None
        with meter(self._console, "Looking for the newest event", "lines", source.size) as progress:
            async for number, body in lines(source):
                time = time_of(body)
                if time is not None and (newest is None or time > newest):
                    newest = time
                progress.update(source.position, number)
        if newest is None:
            raise Fatal(f"{source.name} holds no event with a time to shift.")
        source.stream.seek(0)
        return Shift(until - newest)

    async def _feed(
        self, source: Input, target: Target, shift: Shift | None, lanes: Lanes, progress: Meter
    ) -> None:
        async for number, body in lines(source):
            self._read += 1
            try:
                line = target.check(number, body if shift is None else shift.apply(body))
            except Refused as refused:
                self.refused.add(f"line {number}", refused.reason, refused.detail)
            else:
                await lanes.put(line)
            progress.update(source.position, self.accepted, note=self._note())
        await lanes.end()

    def _settle(self, verdict: Verdict) -> None:
        self.accepted += verdict.accepted
        for line, reason, detail in verdict.rejected:
            self.refused.add(f"line {line.number}", reason, detail)

    def _note(self) -> str:
        return f", {self.refused.count:,} refused" if self.refused.count else ""

    def print_summary(self) -> None:
        """Says what became of every line."""
        out = Console()
        refused = self.refused.count
        say(out, f"{self.accepted:,} events accepted, {refused:,} refused, of {self._read:,} lines.")
        for line in self.refused.lines():
            say(out, line)
        left = self._read - self.accepted - refused
        if left:
            say(out, f"{left:,} have no answer; publishing them again is safe.")


def _first(errors: ExceptionGroup[Exception]) -> Exception:
    """What to tell of several lanes that failed at once: a sentence for people, if there is one."""
    fatal = errors.subgroup(Fatal)
    error: Exception = errors if fatal is None else fatal
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error
