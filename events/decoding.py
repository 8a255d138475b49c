"""From bytes to an event, in two stages: the envelope, then the data by its type."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec

from events.base import Data
from events.event import Event, same
from events.language import TYPES

MAX_NAME_BYTES = 256
"""The longest id or subject, in bytes of UTF-8."""

MAX_BODY_BYTES = 32 * 1024
"""The longest event, in bytes."""

MAX_DEPTH = 64
"""How deep an event may be nested: so deep it can be read from anywhere, however deep the caller's stack."""

MAX_AHEAD = timedelta(minutes=10)
"""How far an event's time may run ahead of its arrival."""

Reason = Literal[
    "not_json",
    "envelope_invalid",
    "time_invalid",
    "time_ahead",
    "name_too_long",
    "body_too_large",
    "data_invalid",
    "id_reused",
]
"""Why an event is refused: a key for machines, beside the sentence for people."""


class Refused(Exception):  # noqa: N818 - it is an answer, not a failure of ours
    """An event that is not accepted, and why.

    `reason` is one of `Reason`; `pointer` is a JSON pointer (RFC 6901) to the place; `accepted` says what
    would have been right.
    """

    def __init__(self, reason: Reason, detail: str, *, pointer: str = "", accepted: str = "") -> None:
        super().__init__(detail)
        self.reason: Reason = reason
        self.detail = detail
        self.pointer = pointer
        self.accepted = accepted


_Name = Annotated[str, msgspec.Meta(min_length=1)]
_MediaType = Annotated[str, msgspec.Meta(pattern=r"^application/(?:[A-Za-z0-9.+-]+\+)?json\s*(?:;.*)?$")]


class _Envelope(msgspec.Struct, frozen=True):
    specversion: Literal["1.0"]
    id: _Name
    source: _Name
    type: _Name
    subject: _Name
    time: str
    datacontenttype: _MediaType | msgspec.UnsetType | None = msgspec.UNSET
    data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    data_base64: str | msgspec.UnsetType = msgspec.UNSET


_decode_envelope = msgspec.json.Decoder(_Envelope).decode
_decode_data = {name: msgspec.json.Decoder(cls).decode for name, cls in TYPES.items()}
_Time = Annotated[datetime, msgspec.Meta(tz=True)]


def decode(body: bytes, *, arrived: datetime) -> Event:
    """Decodes one structured-mode event that arrived at an instant.

    Raises `Refused` for whatever the language does not accept. Unknown fields and extension attributes
    are kept (`Event.body` is what came); an unknown type gives an event whose `data` is None.
    """
    if len(body) > MAX_BODY_BYTES:
        raise Refused(
            "body_too_large",
            f"The event is {len(body)} bytes long; at most {MAX_BODY_BYTES} are accepted.",
            accepted=f"an event of at most {MAX_BODY_BYTES} bytes",
        )
    try:
        # Fields that nobody reads are passed over, not decoded: what is kept must be text all the same.
        body.decode()
        envelope = _decode_envelope(body)
    except msgspec.ValidationError as error:
        raise _invalid("envelope_invalid", error, "") from None
    except RecursionError:
        raise _too_deep() from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused("not_json", f"The event is not JSON: {error}.", accepted="one JSON object") from None
    _check_names(envelope)
    time = _time(envelope.time, arrived)
    _check_whole(body)
    return Event(
        subject=envelope.subject,
        source=envelope.source,
        id=envelope.id,
        type=envelope.type,
        time=time,
        data=_data(envelope),
        body=body,
    )


def check_repetition(known: bytes, again: Event) -> None:
    """Raises `Refused` (`id_reused`) where an identity that one event has comes again with another."""
    if not same(known, again.body):
        raise Refused(
            "id_reused",
            f"The id {again.id!r} of source {again.source!r} was used for another event of this customer.",
            pointer="/id",
            accepted="the same event, time included, or another id",
        )


def _data(envelope: _Envelope) -> Data | None:
    decoder = _decode_data.get(envelope.type)
    if decoder is None:
        return None
    if envelope.data_base64 is not msgspec.UNSET:
        raise Refused(
            "data_invalid",
            "`data_base64` holds bytes; every type of the language has JSON data.",
            pointer="/data_base64",
            accepted="`data`, a JSON object",
        )
    raw = b"{}" if envelope.data is msgspec.UNSET else bytes(envelope.data)
    try:
        data = decoder(raw)
    except msgspec.ValidationError as error:
        raise _invalid("data_invalid", error, "/data") from None
    except UnicodeDecodeError as error:
        raise Refused("not_json", f"The data is not UTF-8: {error}.", pointer="/data") from None
    for name in _INSTANTS.get(envelope.type, ()):
        value = getattr(data, name)
        if value is not None and _in_utc(value) is None:
            raise Refused(
                "data_invalid", f"`{name}` is not a time of the years 1 to 9999.", pointer=f"/data/{name}"
            )
    if envelope.type.startswith("egard.team.") and not envelope.subject.startswith("agent:"):
        raise Refused(
            "data_invalid",
            f"The subject of `{envelope.type}` is `agent:` and the agent's id.",
            pointer="/subject",
            accepted="agent:<id>",
        )
    return data


_INSTANTS = {
    name: tuple(field for field in ("due", "until") if field in cls.__struct_fields__)
    for name, cls in TYPES.items()
}


def _check_names(envelope: _Envelope) -> None:
    for name, value in (("id", envelope.id), ("subject", envelope.subject)):
        if len(value) * 4 > MAX_NAME_BYTES and len(value.encode()) > MAX_NAME_BYTES:
            raise Refused(
                "name_too_long",
                f"`{name}` is {len(value.encode())} bytes long; at most {MAX_NAME_BYTES} are accepted.",
                pointer=f"/{name}",
                accepted=f"at most {MAX_NAME_BYTES} bytes of UTF-8",
            )


def _time(text: str, arrived: datetime) -> datetime:
    try:
        time = _in_utc(msgspec.convert(text, _Time))
    except msgspec.ValidationError:
        time = None
    if time is None:
        raise Refused(
            "time_invalid",
            f"`time` is {text[:64]!r}, which is not an RFC 3339 time with an offset.",
            pointer="/time",
            accepted="for example 2026-11-22T09:30:00+01:00",
        )
    if time - arrived > MAX_AHEAD:
        raise Refused(
            "time_ahead",
            f"`time` is {text}, more than 10 minutes after the event arrived ({arrived:%Y-%m-%dT%H:%M:%SZ}).",
            pointer="/time",
            accepted="any time in the past, or at most 10 minutes ahead",
        )
    return time


def _in_utc(value: datetime) -> datetime | None:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        return None


def _check_whole(body: bytes) -> None:
    """Refuses what could not be read again as a whole: whoever opens the journal must be able to."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused("not_json", f"The event is not JSON: {error}.", accepted="one JSON object") from None
    except RecursionError:
        raise _too_deep() from None
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise _too_deep()
    if rb"\u0000" in body:
        _refuse_nul(value)


def _depth(value: Any) -> int:
    """How deep a JSON value is nested, without nesting calls for it."""
    depth, level = 0, [value]
    while level:
        inner = [one for one in level if isinstance(one, dict | list)]
        level = [item for one in inner for item in (one.values() if isinstance(one, dict) else one)]
        depth += bool(inner)
    return depth


def _too_deep() -> Refused:
    return Refused(
        "data_invalid",
        f"The event is nested more than {MAX_DEPTH} levels deep.",
        pointer="/data",
        accepted=f"at most {MAX_DEPTH} levels",
    )


def _refuse_nul(value: Any, pointer: str = "") -> None:
    """PostgreSQL text cannot hold U+0000, and no name or word needs it."""
    if isinstance(value, str) and "\x00" in value:
        raise Refused("envelope_invalid", "The character U+0000 is not accepted.", pointer=pointer)
    if isinstance(value, dict):
        for key, item in value.items():
            _refuse_nul(key, pointer)
            _refuse_nul(item, f"{pointer}/{key}")
    elif isinstance(value, list):
        for place, item in enumerate(value):
            _refuse_nul(item, f"{pointer}/{place}")


def _invalid(reason: Reason, error: msgspec.ValidationError, base: str) -> Refused:
    """msgspec says «Object missing required field `x`» or «… - at `$.x[0]`»: the latter is a pointer."""
    message, _, path = str(error).partition(" - at `")
    place = path.rstrip("`").removeprefix("$").replace("[", ".").replace("]", "").replace(".", "/")
    pointer = base + place
    return Refused(reason, f"{message}{f' (at {pointer})' if pointer else ''}.", pointer=pointer)
