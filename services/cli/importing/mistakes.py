"""What is wrong with a map: all of it at once, each with its line."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from typing import NamedTuple

from projections.places import Place
from projections.table import Path


class Mistake(NamedTuple):
    """One thing to put right, and the line of the map where it stands."""

    line: int
    sentence: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.sentence}"


class MapInvalid(Exception):  # noqa: N818 - it is an answer to the map's author, not a failure of ours
    """A map that cannot be used, with every mistake that was found."""

    def __init__(self, mistakes: list[Mistake], note: str = "") -> None:
        super().__init__("; ".join(map(str, mistakes)))
        self.mistakes = mistakes
        self.note = note
        """What helps with several of them; empty where nothing does."""


class Wrong(ValueError):  # noqa: N818 - it is an answer to the map's author, not a failure of ours
    """Something in a map or in a row cannot be used; the message is a sentence that says why."""


class Mistakes:
    """Collects what is wrong, so that one run tells the author all of it."""

    def __init__(self, places: Mapping[Path, Place]) -> None:
        self._places = places
        self._found: list[Mistake] = []
        self._parts: set[str | int] = set()
        self.note = ""
        """A sentence that is to be said once, after all mistakes."""

    def add(self, path: Path, sentence: str) -> None:
        """Notes a mistake at a path, or at the nearest thing around it that stands in the file."""
        self._parts.update(path[:1])
        while path and path not in self._places:
            path = path[:-1]
        self._found.append(Mistake(self._places[path].line if path else 1, sentence))

    def in_part(self, name: str) -> bool:
        """Whether a part of the map, named by its key at the top, has mistakes."""
        return name in self._parts

    @contextmanager
    def at(self, path: Path) -> Iterator[None]:
        """Whatever is `Wrong` inside is a mistake at this path, and the check of the rest goes on."""
        try:
            yield
        except Wrong as wrong:
            self.add(path, str(wrong))

    def raise_if_any(self) -> None:
        """Raises `MapInvalid` with the mistakes in the order of the file."""
        if self._found:
            raise MapInvalid(sorted(set(self._found)), self.note)


def listed(names: list[str], wanted: str) -> str:
    """The names to choose from, or the one that was probably meant."""
    return meant(names, wanted) or f"known are: {', '.join(names)}."


def meant(names: list[str], wanted: str) -> str:
    """A question for the name that was probably meant; empty where none is near."""
    close = get_close_matches(wanted, names, n=1)
    return f"did you mean `{close[0]}`?" if close else ""
