"""What was refused, by reason, with the place of the first of each kind."""

from collections.abc import Iterator

import msgspec

from events import Refused


class _Kind(msgspec.Struct):
    first_line: int
    first_detail: str
    count: int = 0


class Refusals:
    """Counts refused lines; holds one sentence for each reason, however many there are."""

    def __init__(self) -> None:
        self._kinds: dict[str, _Kind] = {}

    @property
    def count(self) -> int:
        """How many lines were refused."""
        return sum(kind.count for kind in self._kinds.values())

    def add(self, line: int, refused: Refused) -> None:
        """Counts a refused line."""
        kind = self._kinds.setdefault(refused.reason, _Kind(line, refused.detail))
        kind.count += 1

    def sentences(self) -> Iterator[str]:
        """One sentence for each reason, the most frequent first."""
        for reason, kind in sorted(self._kinds.items(), key=lambda item: (-item[1].count, item[0])):
            yield f"{kind.count:,} × {reason}, first on line {kind.first_line}: {kind.first_detail}"
