"""Moving a history in time, so that it ends at a given instant."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec

from events import TYPES, Refused

_Time = Annotated[datetime, msgspec.Meta(tz=True)]

_INSTANTS = ("due", "until")
_NAMES = {
    name: tuple(field for field in cls.__struct_fields__ if field.endswith("_id") and field != "agent_id")
    for name, cls in TYPES.items()
} | {"egard.event.retracted": ("id",), "egard.record.contested": ("about",)}
"""Fields that name what belongs to the history: its matters, or another of its events."""

_NOTHING = msgspec.Raw(b"null")

_read = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode


class _Dated(msgspec.Struct):
    time: Any = None


_dated = msgspec.json.Decoder(_Dated).decode


def time_of(body: bytes) -> datetime | None:
    """The time of an event in UTC; None where the line is no event, or its time no time."""
    try:
        return msgspec.convert(_dated(body).time, _Time).astimezone(UTC)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, OverflowError):
        return None


class Shift:
    """All times moved by one distance.

    A moved event is another event, and so are the contact, the promise and the case it belongs to: their ids
    get a suffix that says by how much they were moved. The same file moved twice, or published unmoved as
    well, is never mistaken for its other self.
    """

    def __init__(self, by: timedelta) -> None:
        self.by = by
        seconds = f"{by.total_seconds():+.6f}".rstrip("0").rstrip(".")
        self._suffix = f"~{seconds}s"

    def apply(self, body: bytes) -> bytes:
        """An event moved; whatever is no time and no name of the history stays as it is, byte for byte.

        Raises `Refused` where there is nothing to move.
        """
        if not self.by:
            return body
        try:
            event = _read(body)
            event["time"] = self._moved(event.get("time", _NOTHING), must=True)
            if "id" in event:
                event["id"] = self._renamed(event["id"])
            kind = _text(event.get("type", _NOTHING))
            if kind in TYPES and "data" in event:
                event["data"] = self._data(event["data"], kind)
        except msgspec.ValidationError as error:
            raise Refused("envelope_invalid", f"This is not an event: {error}.") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Refused("not_json", f"This is not JSON: {error}.") from None
        return _encode(event)

    def _data(self, raw: msgspec.Raw, kind: str) -> msgspec.Raw:
        data = _read(raw)
        for name in _INSTANTS:
            if name in data and name in TYPES[kind].__struct_fields__:
                data[name] = self._moved(data[name])
        for name in _NAMES[kind]:
            if name in data:
                data[name] = self._renamed(data[name])
        return msgspec.Raw(_encode(data))

    def _moved(self, raw: msgspec.Raw, *, must: bool = False) -> msgspec.Raw:
        """A time moved. What is no time is left to whoever checks the event, unless it must be one."""
        text = _text(raw)
        try:
            return msgspec.Raw(_encode(msgspec.convert(text, _Time) + self.by))
        except (msgspec.ValidationError, OverflowError):
            if must:
                raise Refused("time_invalid", f"`time` is {text!r}, which cannot be moved.") from None
            return raw

    def _renamed(self, raw: msgspec.Raw) -> msgspec.Raw:
        text = _text(raw)
        return raw if text is None else msgspec.Raw(_encode(text + self._suffix))


def _text(raw: msgspec.Raw) -> str | None:
    value = msgspec.json.decode(raw)
    return value if isinstance(value, str) else None
