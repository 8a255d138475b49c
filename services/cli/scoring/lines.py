"""NDJSON, line by line, in memory that no line can blow up."""

from collections.abc import Iterator
from io import BufferedIOBase

from events import MAX_BODY_BYTES

_LONGEST = MAX_BODY_BYTES + len(b"\r\n")
_MARK = b"\xef\xbb\xbf"
"""The byte order mark that some programs put before UTF-8."""


def lines(stream: BufferedIOBase) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, numbered from 1.

    Of a line that is too long for an event only the beginning is given, and that is too long as well.
    """
    number = 0
    while line := stream.readline(_LONGEST):
        number += 1
        whole = line.endswith(b"\n") or len(line) < _LONGEST
        rest = b"" if whole else line
        while rest and not rest.endswith(b"\n"):
            rest = stream.readline(_LONGEST)
        if number == 1:
            line = line.removeprefix(_MARK)
        body = line.strip() if whole else line
        if body:
            yield number, body
