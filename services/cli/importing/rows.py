"""Reading a CSV file row by row, whatever its encoding, delimiter and preamble."""

import codecs
import csv
from collections.abc import Iterator
from io import BufferedIOBase, TextIOWrapper
from typing import IO, NamedTuple, cast

from services.cli.importing.mapping import FileShape
from services.cli.importing.mistakes import Mistakes


class RowRefused(Exception):  # noqa: N818 - it is an answer about a row, not a failure of ours
    """A row that gives no events although it should; `reason` is a key, `detail` a sentence."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Cells(NamedTuple):
    """One row: its number counted from 1 after the header, the line it ends on, and what it holds."""

    number: int
    line: int
    cells: list[str] | RowRefused


class NoHeader(Exception):  # noqa: N818 - it is an answer about a file, not a failure of ours
    """A file whose columns cannot be known."""


def check(shape: FileShape, mistakes: Mistakes) -> None:
    """Notes what no CSV reader could be made of."""
    for name, character in (("delimiter", shape.delimiter), ("quote", shape.quote)):
        if len(character) != 1 and not (name == "quote" and not character):
            mistakes.add(("file", name), f"`{name}` is one character.")
    try:
        codecs.lookup(shape.encoding)
    except LookupError:
        mistakes.add(("file", "encoding"), f"{shape.encoding!r} is no encoding; write for example cp1252.")
    if shape.columns is not None and len(set(shape.columns)) < len(shape.columns):
        mistakes.add(("file", "columns"), "A column is named twice.")


class _Borrowed(BufferedIOBase):
    """Somebody else's stream: read here, and closed by whoever opened it."""

    def __init__(self, stream: BufferedIOBase) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def read1(self, size: int = -1, /) -> bytes:
        return self._stream.read1(size)


class Table:
    """A CSV file: its header, then its rows one by one."""

    def __init__(self, stream: BufferedIOBase, shape: FileShape) -> None:
        # A byte-order mark is no part of the first column's name. Bytes that are not text in this encoding
        # are let through as lone surrogates: only a row that uses them is refused.
        encoding = "utf-8-sig" if codecs.lookup(shape.encoding).name == "utf-8" else shape.encoding
        borrowed = cast("IO[bytes]", _Borrowed(stream))
        text = TextIOWrapper(borrowed, encoding=encoding, errors="surrogateescape", newline="")
        for _ in range(shape.skip_lines):
            text.readline()
        self._skipped = shape.skip_lines
        self._reader = csv.reader(
            text,
            delimiter=shape.delimiter,
            quotechar=shape.quote or None,
            quoting=csv.QUOTE_MINIMAL if shape.quote else csv.QUOTE_NONE,
        )
        self.header = shape.columns or self._read_header()

    def _read_header(self) -> list[str]:
        try:
            header = [name.strip() for name in next(self._reader)]
        except StopIteration:
            raise NoHeader("The file is empty.") from None
        except csv.Error as error:
            raise NoHeader(f"The header cannot be read: {error}.") from None
        twice = {name for name in header if header.count(name) > 1 and name}
        if twice:
            raise NoHeader(f"The header names {', '.join(sorted(twice))} twice; name the columns in [file].")
        return header

    def __iter__(self) -> Iterator[Cells]:
        """The rows; empty lines are none. A row that is no row of this table comes as `RowRefused`."""
        number, width, skipped = 0, len(self.header), self._skipped
        reader = self._reader
        while True:
            cells: list[str] | RowRefused
            try:
                for cells in reader:
                    if not cells:
                        continue
                    number += 1
                    if len(cells) != width:
                        cells = _of_another_width(len(cells), width)
                    yield Cells(number, reader.line_num + skipped, cells)
            except csv.Error as error:
                number += 1
                refused = RowRefused("not_csv", f"{error} (a stray quote?).")
                yield Cells(number, reader.line_num + skipped, refused)
            else:
                return


def _of_another_width(found: int, expected: int) -> RowRefused:
    return RowRefused("wrong_width", f"The row has {found} cells and the file {expected} columns.")
