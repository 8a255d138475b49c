"""Where each value of a TOML file stands: `tomllib` tells what a file says, but not on which line."""

import re
import tomllib
from bisect import bisect_left
from collections import Counter
from typing import NamedTuple

from projections.table import Path

_BLANK = re.compile(r"(?:\s|#[^\n]*)*")
_SPACES = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}\n#]*")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'",
    re.DOTALL,
)


class Place(NamedTuple):
    """A line and a column of a text, both counted from 1."""

    line: int
    column: int


def places(text: str) -> dict[Path, Place]:
    """Where each table, key and array element begins, in a text that `tomllib` has accepted."""
    return _Scanner(text.replace("\r\n", "\n")).scan()


class _Scanner:
    """Reads TOML for its places only. It trusts the syntax, which `tomllib` has checked."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._ends = [end.start() for end in re.finditer("\n", text)]
        self._places: dict[Path, Place] = {}
        self._tables: Counter[Path] = Counter()

    def scan(self) -> dict[Path, Place]:
        table: Path = ()
        while self._skip_blank():
            if self._next() == "[":
                table = self._header()
            else:
                self._pair(table)
        return self._places

    def _header(self) -> Path:
        start, brackets = self._at, 2 if self._text.startswith("[[", self._at) else 1
        self._at += brackets
        *parents, name = self._key()
        self._at += brackets
        path: Path = ()
        for key in parents:
            path = self._latest((*path, key))
        path = (*path, name)
        if brackets == 2:
            self._tables[path] += 1
            path = self._latest(path)
        self._mark(path, start)
        return path

    def _latest(self, path: Path) -> Path:
        """In a header, an array of tables stands for its latest table."""
        count = self._tables.get(path, 0)
        return (*path, count - 1) if count else path

    def _pair(self, table: Path) -> None:
        start, path = self._at, table
        for key in self._key():
            path = (*path, key)
            self._mark(path, start)
        self._at += 1  # the equals sign
        self._value(path)

    def _key(self) -> list[str]:
        keys = []
        while True:
            self._skip(_SPACES)
            if self._next() in "\"'":
                keys.append(next(iter(tomllib.loads(f"{self._skip(_STRING)} = 0"))))
            else:
                keys.append(self._skip(_BARE_KEY))
            self._skip(_SPACES)
            if self._next() != ".":
                return keys
            self._at += 1

    def _value(self, path: Path) -> None:
        self._skip(_SPACES)
        opening = self._next()
        if opening in "\"'":
            self._skip(_STRING)
        elif opening == "[":
            self._members(path, "]")
        elif opening == "{":
            self._members(path, "}")
        else:
            self._skip(_SCALAR)

    def _members(self, path: Path, closing: str) -> None:
        self._at += 1
        place = 0
        while self._skip_blank() and self._next() != closing:
            if self._next() == ",":
                self._at += 1
            elif closing == "}":
                self._pair(path)
            else:
                self._mark((*path, place), self._at)
                self._value((*path, place))
                place += 1
        self._at += 1

    def _mark(self, path: Path, offset: int) -> None:
        line = bisect_left(self._ends, offset)
        begins = self._ends[line - 1] + 1 if line else 0
        self._places.setdefault(path, Place(line + 1, offset - begins + 1))

    def _next(self) -> str:
        return self._text[self._at]

    def _skip(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        if match is None:
            raise ValueError(f"no {pattern.pattern} at {self._at}")
        self._at = match.end()
        return match.group()

    def _skip_blank(self) -> bool:
        self._skip(_BLANK)
        return self._at < len(self._text)
