"""Which lines have their answer: what a publication that stops in the middle need not do again."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import NamedTuple

from events import MAX_BODY_BYTES


class Mark(NamedTuple):
    """A line of the input up to which every line has its answer."""

    line: int
    """Its number, counted from 1; 0 for the beginning."""
    lines: int
    """How many lines up to it were not blank."""
    digest: str
    """SHA-256 of these lines, in hexadecimal: they can be recognised."""
    refused: dict[str, int]
    """How many of them were refused, by reason. The others were accepted."""


class Ledger:
    """Keeps account of the lines that were read, and finds the lowest that still waits for its answer.

    Answers come out of order. What stands below the lowest open line is settled for good; what stands above
    it may be sent again, for an event counts once.
    """

    def __init__(self, refused: Mapping[str, int] | None = None, *, every: int = 100) -> None:
        """`refused` is what an earlier run was refused; a mark can be set after every so many lines."""
        self.line = 0
        self.lines = 0
        self._every = every
        self._hash = sha256()
        self._waiting: dict[int, None] = {}  # in the order in which they were read
        self._refused: list[tuple[int, str]] = []
        self._marks = deque([(0, 0, self.digest)])
        self._below = Counter(refused or {})

    @property
    def digest(self) -> str:
        """SHA-256 of what was read so far."""
        return self._hash.hexdigest()

    def read(self, number: int, body: bytes) -> None:
        """Takes note of the next line."""
        self.line = number
        self.lines += 1
        self._hash.update(body[:MAX_BODY_BYTES] + b"\n")  # a reader may have cut what is longer
        if self.lines % self._every == 0:
            self._marks.append((self.line, self.lines, self.digest))

    def begin_here(self) -> None:
        """Says that all lines read so far have had their answer in an earlier run."""
        self._marks = deque([(self.line, self.lines, self.digest)])

    def wait(self, number: int) -> None:
        """A line is on its way."""
        self._waiting[number] = None

    def settle(self, numbers: Iterable[int]) -> None:
        """Lines have their answer."""
        for number in numbers:
            del self._waiting[number]

    def refuse(self, number: int, reason: str) -> None:
        """A line was refused; that alone does not settle a line that is on its way."""
        self._refused.append((number, reason))

    def mark(self) -> Mark:
        """The highest mark below the lowest line that waits for its answer."""
        lowest = next(iter(self._waiting), self.line + 1)
        while len(self._marks) > 1 and self._marks[1][0] < lowest:
            self._marks.popleft()
        line, lines, digest = self._marks[0]
        self._below.update(reason for number, reason in self._refused if number <= line)
        self._refused = [one for one in self._refused if one[0] > line]
        return Mark(line, lines, digest, dict(self._below))
