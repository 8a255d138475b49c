"""SQL as a product: named, commented statements in files of their own."""

import re
from collections.abc import Iterator
from pathlib import Path

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


class Queries:
    """The statements of one `.sql` file, by the names that its `-- name:` lines give them."""

    def __init__(self, file: Path) -> None:
        parts = _NAME.split(file.read_text(encoding="utf-8"))
        self._file = file.name
        self._statements: dict[str, str] = dict(
            zip(parts[1::2], (text.strip() for text in parts[2::2]), strict=True)
        )

    def __getitem__(self, name: str) -> str:
        """The statement of a name. Raises `KeyError` where the file has none."""
        try:
            return self._statements[name]
        except KeyError:
            raise KeyError(f"{self._file} has no statement named {name}") from None

    def __iter__(self) -> Iterator[str]:
        """The names."""
        return iter(self._statements)
