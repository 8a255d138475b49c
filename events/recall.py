"""Events that were accepted before, from the journal: decoded many at once, and not looked at again.

What was accepted stays so. A later version of the language may know more types, or ask more of one that it
knew: what does not fit any more is an event all the same, of which nothing is understood.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Union

import msgspec

from events.base import Data
from events.decoding import decode
from events.event import Event
from events.language import TYPES
from events.refused import Refused

_LATER = datetime(9999, 12, 31, tzinfo=UTC)
"""Nothing is ahead of its arrival then: that was looked at when it arrived."""


def recall(bodies: Sequence[bytes]) -> list[Event]:
    """The events that some bodies of the journal hold, in their order. Those have no bodies of their own."""
    try:
        events: list[Event] = _decode_all(b"[%b]" % b",".join(bodies))
    except msgspec.DecodeError:
        return [_recalled(body) for body in bodies]
    return events


def _recalled(body: bytes) -> Event:
    try:
        known: Event = _decode_one(body)
    except msgspec.DecodeError:
        return _known_otherwise(body)
    return known


def _known_otherwise(body: bytes) -> Event:
    try:
        event = decode(body, arrived=_LATER)
    except Refused:
        event = _without_data(body)
    return msgspec.structs.replace(event, body=b"")


def _without_data(body: bytes) -> Event:
    envelope = _envelope(body)
    kept = {name: value for name, value in envelope.items() if name not in ("data", "data_base64")}
    event = decode(msgspec.json.encode({**kept, "type": _UNKNOWN}), arrived=_LATER)
    return msgspec.structs.replace(event, type=envelope["type"])


_UNKNOWN = "unknown"
"""A type that no language has: whatever its data is, nothing is asked of it."""


def _kind(name: str, data: type[Data]) -> type[msgspec.Struct]:
    """Events of one type, as a whole: msgspec finds the type, and reads envelope and data in one go.

    `type` and `body` are no fields of the envelope here. No attribute has such a name, so they keep what they
    are given.
    """
    return msgspec.defstruct(
        f"Recalled{data.__name__}",
        [("data", data), ("type", str, name), ("body", bytes, b"")],
        bases=(Event,),
        rename={"type": "(type)", "body": "(body)"},
        tag_field="type",
        tag=name,
        kw_only=True,
        frozen=True,
        gc=False,
    )


_Recalled: Any = Union[tuple(_kind(name, data) for name, data in TYPES.items())]  # noqa: UP007 - made here
_decode_all = msgspec.json.Decoder(list[_Recalled]).decode
_decode_one = msgspec.json.Decoder(_Recalled).decode
_envelope = msgspec.json.Decoder(dict[str, Any]).decode
