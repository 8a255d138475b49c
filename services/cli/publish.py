"""`egard publish`: a file of events to a gateway or to Kafka."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import uvloop
from cyclopts import Parameter
from cyclopts.validators import Number
from rich.console import Console

from services.cli.inputs import opened
from services.cli.progress import say
from services.cli.publishing.bookmark import bookmark
from services.cli.publishing.gateway import Gateway
from services.cli.publishing.patience import Patience
from services.cli.publishing.run import Run
from services.cli.publishing.target import Target
from services.cli.publishing.topic import Topic
from services.runtime.errors import Fatal
from services.runtime.settings import kafka_address

_REFUSED = 1
_UNUSABLE = 2
_INTERRUPTED = 130


def publish(
    file: Annotated[Path, Parameter(allow_leading_hyphen=True)],
    *,
    to: str = "http://127.0.0.1:8000",
    shift_to: str | None = None,
    batch: Annotated[int, Parameter(validator=Number(gte=1, lte=10_000))] = 500,
    lanes: Annotated[int, Parameter(validator=Number(gte=1, lte=64))] = 4,
    patience: Annotated[float, Parameter(validator=Number(gte=0))] = 60.0,
    show: Annotated[int, Parameter(validator=Number(gte=0))] = 20,
    resume: Annotated[bool, Parameter(negative=())] = False,
    insecure: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Publish a file of events: NDJSON, one structured CloudEvent per line.

    Lines that are no event, and events that are refused, are shown with their line number and counted; the
    others go on. Publishing a file again is safe: an event that is already known is not counted twice.

    Accepted is what Kafka has. An id that the journal knows from another event can be found out afterwards
    only: such an event becomes a dead letter, which `egard deadletters list` shows to whoever runs Égard.
    A gateway knows the ids of the last while; with `--to kafka` nobody looks before the journal does.

    The exit code is 0 if all were accepted, 1 if some were refused or the other side stopped taking them,
    2 if nothing could be published at all (as where FILE is no NDJSON), 130 after Ctrl-C, which prints the
    summary so far.

        egard publish life.ndjson

        egard publish history.ndjson.gz --to https://egard.example.org

        egard simulate --customers 200 --days 30 | egard publish - --to kafka

        egard publish life.ndjson --shift-to now

        egard publish life.ndjson --shift-to now --resume

    A gateway that asks for a key gets the one in the environment variable EGARD_KEY. (A key in an argument
    could be read by whoever lists the processes of the machine.)

    A publication of a file that is interrupted, even by force, can be resumed. Where it stopped is kept
    beside the file, in FILE.egard-publish, or where that cannot be written, in $XDG_STATE_HOME/egard or
    ~/.local/state/egard; it is removed at the end. With --resume the same file goes on from there, to the
    same gateway or topic and moved by the same distance, and the summary counts all runs together.

    With --shift-to, all times move by the same distance, so that the newest event lands at that instant: the
    time of each event, and the `due` and `until` that its data holds. A moved event is another event, and its
    contact, promise or case another one too: their ids (not those of customers and agents) get a suffix that
    says by how much they moved, like `~+86400s`. So a moved copy never collides with the original or with a
    copy moved elsewhere. It takes a first pass over the file, which standard input does not allow.

    Parameters
    ----------
    file
        The events, plain or gzip; `-` for standard input.
    to
        The address of a gateway, or `kafka` for the brokers in EGARD_KAFKA.
    shift_to
        `now`, or an RFC 3339 time, at which the newest event shall land.
    batch
        The most events in one request.
    lanes
        Requests under way at once. The events of one customer keep their order: they share a lane.
    patience
        Seconds to go on trying while nothing gets through.
    show
        How many refused lines to show; the others are only counted.
    resume
        Go on where an interrupted run stopped. Where none is known, begin with the first line.
    insecure
        Send the key over plain http to another machine.
    """
    console = Console(stderr=True)
    run = Run(console, show)
    try:
        until = None if shift_to is None else _instant(shift_to)
        target = _target(to, insecure)
        with opened(file) as source:
            mark = bookmark(
                file,
                source,
                to=target.name,
                shift_to=shift_to,
                resume=resume,
                console=console,
                environ=os.environ,
            )
            work = run.all_lines(
                source, target, until, Patience(patience), lanes=lanes, batch=batch, bookmark=mark
            )
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(work)
    except OSError as error:
        say(console, f"egard: {file} cannot be read: {error.strerror}.")
        return _UNUSABLE
    except Fatal as error:
        say(console, f"egard: {error}")
        if not run.accepted:
            return _UNUSABLE
        run.print_summary()
        return _REFUSED
    except KeyboardInterrupt:
        say(console, "Interrupted.")
        run.print_summary()
        return _INTERRUPTED
    run.print_summary()
    return _REFUSED if run.refused.count else 0


def _target(to: str, insecure: bool) -> Target:
    if to == "kafka":
        return Topic(kafka_address(os.environ))
    return Gateway(to, key=os.environ.get("EGARD_KEY", "").strip() or None, insecure=insecure)


def _instant(text: str) -> datetime:
    if text == "now":
        return datetime.now(UTC)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise Fatal(f"--shift-to is `now` or a time with an offset, like 2026-11-22T09:30:00Z, not {text!r}.")
    return instant
