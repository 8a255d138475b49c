"""A table of a file that people write: it knows what makes no sense about itself."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

Path = tuple[str | int, ...]
"""The way to a value: keys, and places in arrays counted from 0."""


class Remark(NamedTuple):
    """Something to put right, and the way to it from the table that says so."""

    path: Path
    sentence: str


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fields of a kind; other names are refused."""

    def remarks(self) -> Iterable[Remark]:
        """What makes no sense about it, all of it. Its fields are of their kinds already."""
        return ()

    @classmethod
    def overall(cls, raw: Mapping[str, Any]) -> Iterable[Remark]:  # noqa: ARG003 - for those who look at it
        """What does not go together in it, however much else is wrong: its fields may be of any kind."""
        return ()
