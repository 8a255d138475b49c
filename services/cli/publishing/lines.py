"""NDJSON: from bytes as they come to the lines that can be sent."""

import asyncio
import os
import zlib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Annotated, NamedTuple

import msgspec

from events import MAX_BODY_BYTES, Refused, decode, is_slip
from services.cli.inputs import Input
from services.runtime.errors import Fatal

_CHUNK = 256 * 1024
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """One event of the file: where it stands, whom it concerns, and its bytes."""

    number: int
    subject: str
    body: bytes
    slip: str | None = None
    """Its type, where that looks like one of the language and is none; a gateway finds out by itself."""


class Splitter:
    """Cuts chunks into numbered lines without blanks.

    It holds no more than a chunk: of a line that no event may be as long as, only so much is kept that it
    is still too long.
    """

    def __init__(self) -> None:
        self._number = 0
        self._rest = b""

    def feed(self, chunk: bytes) -> Iterator[tuple[int, bytes]]:
        """The lines that end in this chunk."""
        *whole, rest = (self._rest + chunk).split(b"\n")
        self._rest = rest[: MAX_BODY_BYTES + 1] if len(rest) > 2 * MAX_BODY_BYTES else rest
        for line in whole:
            self._number += 1
            if self._number == 1:
                line = line.removeprefix(_BYTE_ORDER_MARK)
            if body := line.strip():
                yield self._number, body

    def end(self) -> Iterator[tuple[int, bytes]]:
        """The last line, where no line end follows it."""
        yield from self.feed(b"\n")


async def events(source: Input) -> AsyncIterator[tuple[int, bytes]]:
    """The numbered lines of an input of events, as they come.

    Raises `Fatal` before the first one where the input is something else: a JSON array, one event on many
    lines, or no JSON at all. One line that is no event may be an accident, a second one is not; so the first
    is held until the second is there.
    """
    found = lines(source)
    held: list[tuple[int, bytes]] = []
    async for line in found:
        held.append(line)
        if _is_object(line[1]):
            break
        if len(held) == 2 or line[1].startswith(b"["):
            raise _not_events(source.name, held[0][1])
    else:
        if held:
            raise _not_events(source.name, held[0][1])
    for line in held:
        yield line
    async for line in found:
        yield line


def _is_object(body: bytes) -> bool:
    if len(body) > MAX_BODY_BYTES:
        return body.startswith(b"{")  # it may have been cut
    try:
        _fields(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _not_events(name: str, first: bytes) -> Fatal:
    if first.startswith(b"["):
        return Fatal(f"{name} is a JSON array: write one event per line (NDJSON), as `jq -c '.[]'` does.")
    if first.startswith(b"{"):
        return Fatal(f"{name} breaks an event into lines: write one per line (NDJSON), as `jq -c .` does.")
    return Fatal(
        f"{name} does not hold one event per line (NDJSON); for CSV, `egard import` makes that of it."
    )


async def lines(source: Input) -> AsyncIterator[tuple[int, bytes]]:
    """The numbered lines of an input, as they come. Raises `Fatal` where it cannot be read on."""
    splitter = Splitter()
    try:
        while chunk := await _pipe(source) if source.is_pipe else source.stream.read(_CHUNK):
            for line in splitter.feed(chunk):
                yield line
            await asyncio.sleep(0)  # so that what is under way goes on, however fast the disk
        for line in splitter.end():
            yield line
    except (OSError, EOFError, zlib.error) as error:
        raise Fatal(f"{source.name} cannot be read on: {error}.") from None


async def _pipe(source: Input) -> bytes:
    """Waits for a pipe without holding up what is under way, and without a thread that Ctrl-C cannot stop."""
    file, loop, ready = source.stream.fileno(), asyncio.get_running_loop(), asyncio.Event()
    try:
        loop.add_reader(file, ready.set)
    except OSError:
        return os.read(file, _CHUNK)  # a device that is always ready, like /dev/null, cannot be waited for
    try:
        await ready.wait()
    finally:
        loop.remove_reader(file)
    return os.read(file, _CHUNK)


class _Names(msgspec.Struct, frozen=True):
    subject: Annotated[str, msgspec.Meta(min_length=1)]


_names = msgspec.json.Decoder(_Names).decode


def enveloped(number: int, body: bytes) -> Line:
    """A line that can stand in a batch with others; whether it is a good event is for the gateway to say.

    Raises `Refused` where it would spoil the batch, or concerns nobody.
    """
    if len(body) > MAX_BODY_BYTES:
        raise Refused("body_too_large", f"The line is longer than {MAX_BODY_BYTES} bytes.")
    try:
        body.decode()
        return Line(number, _names(body).subject, body)
    except msgspec.ValidationError as error:
        raise Refused("envelope_invalid", f"This is not an event: {error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused("not_json", f"This is not JSON: {error}.") from None


def accepted(number: int, body: bytes) -> Line:
    """A line that is an event of the language. Raises `Refused` for any other."""
    if len(body) > MAX_BODY_BYTES:
        raise Refused("body_too_large", f"The line is longer than {MAX_BODY_BYTES} bytes.")
    event = decode(body, arrived=datetime.now(UTC))
    return Line(number, event.subject, body, event.type if is_slip(event.type) else None)
