"""Files that commands read: plain or gzip, from a path or standard input, with a position to measure by."""

import gzip
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedIOBase, BufferedReader
from pathlib import Path
from typing import cast

STDIN = Path("-")

_GZIP = b"\x1f\x8b"


class Input:
    """An opened file: `stream` gives its bytes, unpacked where it is a gzip file."""

    def __init__(self, name: str, stream: BufferedIOBase, raw: BufferedReader, size: int | None) -> None:
        self.name = name
        self.stream = stream
        self.size = size
        """Bytes on disk, packed or not; None where that cannot be known, as for a pipe."""
        self._raw = raw

    @property
    def position(self) -> int:
        """How many bytes of `size` are read."""
        return self._raw.tell() if self.size is not None else 0

    @property
    def is_pipe(self) -> bool:
        """Whether bytes come when they come, and only once."""
        return self.size is None


@contextmanager
def opened(path: Path) -> Iterator[Input]:
    """Opens a file, or standard input for `-`. Raises `OSError`."""
    if path == STDIN:
        yield _input("standard input", cast("BufferedReader", sys.stdin.buffer))
        return
    with path.open("rb") as raw:
        yield _input(path.name, raw)


def _input(name: str, raw: BufferedReader) -> Input:
    status = os.fstat(raw.fileno())
    size = status.st_size if stat.S_ISREG(status.st_mode) else None
    if size is None:
        return Input(name, raw, raw, None)
    packed = raw.read(len(_GZIP)) == _GZIP
    raw.seek(0)
    stream = gzip.GzipFile(fileobj=raw) if packed else raw
    return Input(name, stream, raw, size)
