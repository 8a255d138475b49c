"""The short way from bytes to an event, for those that are written as nearly all are."""

from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Literal

import msgspec

from events.attributes import is_reference, plain_timestamp, timestamp
from events.event import Event
from events.language import TYPES
from events.limits import MAX_AHEAD, MAX_DEPTH, MAX_NAME_BYTES

INSTANTS = {
    name: tuple(field for field in ("due", "until") if field in cls.__struct_fields__)
    for name, cls in TYPES.items()
}
"""Which fields of a type's data hold a time."""

known_reference = lru_cache(maxsize=1024)(is_reference)
"""Publishers have few sources, and use them again and again."""


def is_short(name: str) -> bool:
    """Whether an id or a subject is no longer than it may be."""
    return len(name) * 4 <= MAX_NAME_BYTES or len(name.encode()) <= MAX_NAME_BYTES


class _Plain(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """An event with no attributes but those that nearly all have."""

    specversion: Literal["1.0"]
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME_BYTES)]
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME_BYTES)]
    type: str
    subject: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME_BYTES)]
    time: msgspec.Raw
    data: dict[str, Any] | None = None
    datacontenttype: Literal["application/json"] | None = None


_parse = msgspec.json.Decoder(_Plain).decode


def plain(body: bytes, arrived: datetime) -> Event | None:
    """An event that is right beyond doubt, as nearly always: this spares the looking.

    None where there is any doubt; `decode` then finds out what is wrong, or that nothing is.
    """
    if rb"\u0000" in body or body.count(b"{") + body.count(b"[") > MAX_DEPTH:
        return None
    try:
        found = _parse(body)
        kind = TYPES.get(found.type)
        if kind is None or found.type.startswith("egard.team."):
            return None
        data = msgspec.convert(found.data or {}, kind)
        time = plain_timestamp(bytes(found.time))
        for name in INSTANTS[found.type]:
            if getattr(data, name) is not None and timestamp(found.data[name]) is None:  # type: ignore[index]
                return None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if (
        time is None
        or time - arrived > MAX_AHEAD
        or not known_reference(found.source)
        or not f"{found.id}{found.source}{found.subject}".isprintable()
        or not is_short(found.id)
        or not is_short(found.subject)
    ):
        return None
    return Event(
        subject=found.subject,
        source=found.source,
        id=found.id,
        type=found.type,
        time=time,
        data=data,
        body=body,
    )
