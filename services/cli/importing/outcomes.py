"""From a CSV file and a map to what became of every row."""

from collections.abc import Iterator
from datetime import datetime
from io import BufferedIOBase
from typing import NamedTuple

from services.cli.importing import mapping, rows
from services.cli.importing.convert import Converter, Written
from services.cli.importing.mapping import Map
from services.cli.importing.mistakes import Mistakes
from services.cli.importing.recipes import Skipped
from services.cli.importing.rows import NoHeader, RowRefused, Table


class Outcome(NamedTuple):
    """What became of a row: its events, or why it is left out, or why it cannot be read."""

    number: int
    line: int
    result: list[Written] | Skipped | RowRefused


def convert_file(stream: BufferedIOBase, map_text: str, *, arrived: datetime) -> Iterator[Outcome]:
    """The outcome of each row, one by one.

    Raises `MapInvalid` for the map and `NoHeader` for the file, both before the first row. No event may
    be later than `arrived`.
    """
    declared, mistakes = mapping.read(map_text)
    rows.check(declared.file, mistakes)
    table = _table(stream, declared, mistakes)
    header = None if isinstance(table, NoHeader) else table.header
    converter = Converter(declared, header, mistakes, arrived=arrived)
    if isinstance(table, NoHeader):
        raise table
    return _outcomes(table, converter)


def _table(stream: BufferedIOBase, declared: Map, mistakes: Mistakes) -> Table | NoHeader:
    """The file's table. A file that cannot be opened as one must not hide what is wrong with the map."""
    if mistakes.in_part("file"):
        return NoHeader("The file cannot be read before [file] is right.")
    try:
        return Table(stream, declared.file)
    except NoHeader as answer:
        return answer


def _outcomes(table: Table, converter: Converter) -> Iterator[Outcome]:
    convert = converter.convert
    for number, line, cells in table:
        result: list[Written] | Skipped | RowRefused
        try:
            result = cells if isinstance(cells, RowRefused) else convert(cells)
        except RowRefused as refused:
            result = refused
        yield Outcome(number, line, result)
