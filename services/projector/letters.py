"""Records that are refused: what can be told of them, and the header that sends one again. Pure."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from events import MAX_NAME_BYTES, Refused, identity
from services.projector.records import Record, body_of

HEADER = "egard-deadletter"
"""The header that names the dead letter which a record is sent in place of."""

Headers = Sequence[tuple[str, bytes | None]]

_NAME = re.compile(rb"(\d{1,18}):([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_LOST = "\ufffd"


class Name(msgspec.Struct, frozen=True):
    """A dead letter as a record names it: its number, and the token that only who can read it knows."""

    id: int
    token: str

    @property
    def header(self) -> tuple[str, bytes]:
        """The header that says so."""
        return (HEADER, f"{self.id}:{self.token}".encode())


def named(headers: Headers) -> Name | None:
    """The dead letter that headers name, if they do."""
    for name, value in headers:
        if name == HEADER and value is not None and (found := _NAME.fullmatch(value)):
            return Name(int(found[1]), found[2].decode())
    return None


def check_header_names(headers: Headers) -> None:
    """Raises `Refused` where the name of a header is not UTF-8, as Kafka asks.

    Such a name comes with its bytes escaped as surrogates (see `services.projector.consumer`).
    """
    for name, _ in headers:
        if not name.isascii() and not _is_utf8(name):
            raise Refused(
                "not_json",
                f"The name of a header is not UTF-8: {legible(name)[:64]!r}.",
                accepted="header names in UTF-8",
            )


def legible(text: str) -> str:
    """A text that can be stored and shown: replacement characters stand for what is not."""
    if "\0" not in text and _is_utf8(text):
        return text
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\0", _LOST)


class Told(msgspec.Struct, frozen=True):
    """Which event a refused record would have been, as far as its bytes tell."""

    source: str | None = None
    event_id: str | None = None
    subject: str | None = None

    @property
    def identity(self) -> bytes | None:
        """The hash of source and id; None where either could not be told."""
        if self.source is None or self.event_id is None:
            return None
        return identity(self.source, self.event_id)


def told(record: Record, refusal: Refused) -> Told:
    """What a refused record tells of itself. A subject that it was refused for is not its subject."""
    try:
        body = body_of(record)
        found = msgspec.json.decode(body, type=_Attributes)
    except (Refused, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = _beside(record.headers)
    subject = None if refusal.pointer == "/subject" else _name(found.subject)
    return Told(_word(found.source), _name(found.id), subject)


class _Attributes(msgspec.Struct):
    source: Any = None
    id: Any = None
    subject: Any = None


def _beside(headers: Headers) -> _Attributes:
    """The attributes of a binary-mode record whose data cannot be read."""
    found = {
        name.removeprefix("ce_"): value.decode("utf-8", "surrogateescape")
        for name, value in headers
        if name in ("ce_source", "ce_id", "ce_subject") and value is not None
    }
    return _Attributes(**found)


def _name(value: object) -> str | None:
    word = _word(value)
    return word if word is not None and len(word.encode()) <= MAX_NAME_BYTES else None


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and value and legible(value) == value else None


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
