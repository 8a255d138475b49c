"""One accepted event: CloudEvents 1.0 attributes, typed data, and the bytes it came as."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any

import msgspec

from events.attributes import timestamp
from events.base import Data, type_of
from events.language import RANK, UNKNOWN_RANK

Order = tuple[float, int, str, str]
"""Where order matters it is (time, rank of type, id), and the source where even these agree."""


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An event of the language. `data` is None where this version does not know the type."""

    subject: str
    source: str
    id: str
    type: str
    time: datetime
    data: Data | None
    body: bytes
    """The whole event as structured-mode JSON, byte for byte as it was published."""

    @property
    def at(self) -> float:
        """The event's time in seconds since the Unix epoch."""
        return self.time.timestamp()

    @property
    def identity(self) -> bytes:
        """128 bits that stand for (`source`, `id`) within a subject."""
        return identity(self.source, self.id)

    @property
    def order(self) -> Order:
        """The event's place among the events of its subject."""
        return (self.time.timestamp(), RANK.get(self.type, UNKNOWN_RANK), self.id, self.source)


def identity(source: str, event_id: str) -> bytes:
    """A 128-bit hash of length-prefixed source and id, so that no two pairs can run into each other."""
    name = source.encode()
    return blake2b(b"%d:%b%b" % (len(name), name, event_id.encode()), digest_size=16).digest()


def encode(
    data: Data,
    *,
    subject: str,
    source: str,
    id: str,  # noqa: A002 - the attribute's own name
    time: datetime,
    extensions: Mapping[str, str] | None = None,
) -> bytes:
    """An event as structured-mode CloudEvents JSON."""
    fields = msgspec.to_builtins(data)
    del fields["@type"]
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": id,
            "source": source,
            "type": type_of(data),
            "subject": subject,
            "time": time,
            "datacontenttype": "application/json",
            **(extensions or {}),
            "data": fields,
        }
    )


def make(data: Data, *, subject: str, source: str, id: str, time: datetime) -> Event:  # noqa: A002
    """An event made here rather than received: the same thing that decoding its bytes would give."""
    return Event(
        subject=subject,
        source=source,
        id=id,
        type=type_of(data),
        time=time,
        data=data,
        body=encode(data, subject=subject, source=source, id=id, time=time),
    )


def same(first: bytes, second: bytes) -> bool:
    """Whether two events with one identity say the same: equal JSON values, whatever their spelling.

    A retry repeats the event whole; spelling (spaces, order of keys, escapes, an equal time written with
    another offset) may change on the way through other people's clients and is not a difference.
    """
    return first == second or _canonical(first) == _canonical(second)


def differing(first: bytes, second: bytes) -> list[str]:
    """The attributes in which two events differ, `data` as one of them, in alphabetical order."""
    one, other = _canonical(first), _canonical(second)
    absent = object()
    return sorted(name for name in one | other if one.get(name, absent) != other.get(name, absent))


def _canonical(body: bytes) -> dict[str, Any]:
    value: dict[str, Any] = msgspec.json.decode(body)
    if isinstance(value.get("time"), str):
        value["time"] = timestamp(value["time"])
    return value
