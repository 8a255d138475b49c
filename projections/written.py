"""A TOML file that people write, as what it means; or all that is wrong with it, each with its line."""

import re
import tomllib
from typing import Any, NamedTuple, TypeVar

from projections.places import Place, places
from projections.shape import convert, remarks
from projections.table import Table

T = TypeVar("T", bound=Table)

_AT = re.compile(r" \(at line (\d+), column (\d+)\)$")
_END = " (at end of document)"

_PLAIN = (
    ("Cannot overwrite a value", "This name stands here for the second time; take one of the two out."),
    ("Cannot declare", "This part stands here for the second time; join the two, or take one out."),
    ("Invalid value", "No value begins here; text stands in quotes, and numbers have a point, no comma."),
    ("Expected '=' after a key", "An equals sign is missing; a line reads `name = value`."),
    ("Illegal character '\\n'", "The quote that ends this text is missing."),
    (
        "Expected newline or end of document",
        "Something follows the value; put a # before a comment, and write 0.5 with a point.",
    ),
    ("Unclosed array", "The ] that ends a list is missing, or a comma between two of its values."),
    ("Unterminated string", "The quotes that end a text are missing."),
)
"""What the parser says, and what it means to who wrote the line."""

_MOST = 50
"""Lines that are no TOML, after which a file is some other thing altogether."""


class Mistake(NamedTuple):
    """One thing to put right, and where it stands."""

    line: int
    column: int
    sentence: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.sentence}"


def read(text: bytes, kind: type[T]) -> T | list[Mistake]:
    """What a file means; or the mistakes in it, in the order of its lines."""
    try:
        written = text.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        return [Mistake(line, 1, "This line is not UTF-8; save the file as UTF-8 text.")]
    readable, raw, mistakes = _toml(written)
    if raw is not None:
        found = remarks(raw, kind, whole=not mistakes)
        where = places(readable) if found else {}
        for path, sentence in found:
            while path and path not in where:
                path = path[:-1]
            mistakes.append(Mistake(*where.get(path, Place(1, 1)), sentence))
        if not mistakes:
            return convert(raw, kind)
    return sorted(set(mistakes))


def _toml(text: str) -> tuple[str, dict[str, Any] | None, list[Mistake]]:
    """What a text says; lines that are no TOML are mistakes, and left out as far as that can be done."""
    lines = text.split("\n")
    mistakes: list[Mistake] = []
    while True:
        readable = "\n".join(lines)
        try:
            return readable, tomllib.loads(readable), mistakes
        except tomllib.TOMLDecodeError as error:
            at = _AT.search(str(error))
            line, column = (int(at[1]), int(at[2])) if at else (_last(lines), 1)
            mistakes.append(Mistake(line, column, _said(str(error))))
            broken = lines[line - 1]
            # Without its header, what follows would be taken for a part of the table before.
            if at is None or broken.lstrip().startswith("[") or not broken or len(mistakes) == _MOST:
                return readable, None, mistakes
            lines[line - 1] = ""


def _last(lines: list[str]) -> int:
    """The last line on which anything stands: where an end comes too early."""
    return max((number for number, line in enumerate(lines, 1) if line.strip()), default=1)


def _said(error: str) -> str:
    if error.endswith(_END):
        return "The file ends in the midst of something: a quote, a ] or a } is missing, or a value."
    for begins, means in _PLAIN:
        if error.startswith(begins):
            return means
    return f"This is not TOML: {_AT.sub('', error)}."
