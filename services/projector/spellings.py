"""How an id may be written as a text in JSON: publishers' encoders escape more than they have to. Pure."""

import json
from collections.abc import Iterator
from itertools import product

_ESCAPED = (
    "",
    "<>&",  # Go; PHP where it is asked to
    "<>&='",  # Gson
    "<>&'+`\"",  # System.Text.Json
)
"""What encoders write by number although it is ASCII, each by its habit."""


def spellings(name: str) -> list[bytes]:
    """The texts that common encoders make of an id, quotes included; of most ids it is one."""
    return sorted(set(_spelled(name)))


def _spelled(name: str) -> Iterator[bytes]:
    for escaped, ascii_only, solidus, digits in product(_ESCAPED, (False, True), ("/", r"\/"), "xX"):

        def numbered(character: str, digits: str = digits) -> str:
            found = character.encode("utf-16-be")
            units = (int.from_bytes(found[n : n + 2]) for n in range(0, len(found), 2))
            return "".join(rf"\u{unit:04{digits}}" for unit in units)

        inner = "".join(
            numbered(one)
            if one in escaped or (ascii_only and not one.isascii())
            else solidus
            if one == "/"
            else json.dumps(one, ensure_ascii=False)[1:-1]
            for one in name
        )
        yield f'"{inner}"'.encode()
