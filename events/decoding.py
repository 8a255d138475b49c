"""From bytes to an event: JSON, then the envelope as CloudEvents 1.0 asks, then the data by its type."""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from events import accepted
from events.attributes import (
    NAME,
    is_json,
    is_reference,
    is_text,
    is_uri,
    is_value,
    timestamp,
)
from events.base import Data
from events.event import Event, differing, same
from events.language import TYPES
from events.limits import MAX_AHEAD, MAX_BODY_BYTES, MAX_DEPTH, MAX_NAME_BYTES
from events.plain import INSTANTS, is_short, known_reference, plain
from events.refused import Refused

_REQUIRED = {
    "specversion": '"1.0"',
    "id": f"a string of 1 to {MAX_NAME_BYTES} bytes",
    "source": "a URI-reference, for example /crm or https://example.org/telephony",
    "type": "a type of the language, for example egard.contact.attempted",
    "subject": f"a string of 1 to {MAX_NAME_BYTES} bytes: the customer's opaque id",
    "time": accepted.TIME,
}
_TEXT = "a string without control characters"

_parse = msgspec.json.Decoder().decode
_find = TYPES.get

Envelope = Mapping[str, Any]


def decode(body: bytes, *, arrived: datetime) -> Event:
    """Decodes one structured-mode event that arrived at an instant.

    Raises `Refused` for whatever CloudEvents or the language do not accept. Unknown fields and extension
    attributes are kept (`Event.body` is what came); an unknown type gives an event whose `data` is None.
    JSON that came in `data_base64` stands in `data` afterwards: one place, whoever reads.
    """
    if len(body) > MAX_BODY_BYTES:
        raise Refused(
            "body_too_large",
            f"The event is {len(body)} bytes long; at most {MAX_BODY_BYTES} are accepted.",
            accepted=f"an event of at most {MAX_BODY_BYTES} bytes",
        )
    return plain(body, arrived) or _any(body, arrived)


def _any(body: bytes, arrived: datetime) -> Event:
    """Decodes an event with whatever attributes. Raises `Refused`."""
    envelope = _envelope(body)
    _check_attributes(envelope)
    time = _time(envelope["time"], arrived)
    if envelope.get("data_base64") is not None:
        body, envelope = _unpacked(body, envelope)
    if rb"\u0000" in body:
        _refuse_nul(envelope)
    kind = _find(envelope["type"])
    return Event(
        subject=envelope["subject"],
        source=envelope["source"],
        id=envelope["id"],
        type=envelope["type"],
        time=time,
        data=None if kind is None else _data(kind, envelope),
        body=body,
    )


def check_repetition(known: bytes, again: Event) -> None:
    """Raises `Refused` (`id_reused`) where an identity that one event has comes again with another."""
    if not same(known, again.body):
        raise Refused(
            "id_reused",
            f"The id {again.id!r} of source {again.source!r} was used for another event of this customer: "
            f"{', '.join(f'`{name}`' for name in differing(known, again.body))} differs.",
            pointer="/id",
            accepted="the same event, time included, or another id",
        )


# ---------------------------------------------------------------------------------------- the envelope


def _envelope(body: bytes) -> Envelope:
    try:
        value = _parse(body)
    except UnicodeDecodeError:
        raise Refused("not_json", "The event is not UTF-8.", accepted="one JSON object, in UTF-8") from None
    except msgspec.DecodeError as error:
        raise Refused("not_json", f"The event is not JSON: {error}.", accepted="one JSON object") from None
    except RecursionError:
        raise _too_deep() from None
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise _too_deep()
    if not isinstance(value, dict):
        raise Refused(
            "envelope_invalid",
            "The event is not a JSON object.",
            accepted="one JSON object; an array of events is a batch, which has its own content type",
        )
    return value


def _check_attributes(envelope: Envelope) -> None:
    """Raises `Refused` for the first rule of CloudEvents' context attributes that is broken."""
    if not _is_plain(envelope):
        _check_required(envelope)
    for name in ("id", "subject"):
        _check_length(name, envelope[name])
    if not _is_source(envelope["source"]):
        raise _wrong("source", "is not a URI-reference (RFC 3986)", _REQUIRED["source"])
    media_type = envelope.get("datacontenttype")
    if media_type is not None and media_type != "application/json":
        _check_media_type(media_type)
    if not envelope.keys() <= _REQUIRED_AND_DATA:
        _check_optional(envelope)


def _is_plain(envelope: Envelope) -> bool:
    """Whether the required attributes are right beyond doubt, as nearly always: this spares the looking."""
    try:
        names = envelope["id"], envelope["source"], envelope["type"], envelope["subject"], envelope["time"]
        return envelope["specversion"] == "1.0" and all(names) and "".join(names).isprintable()
    except (KeyError, TypeError):
        return False


def _is_source(text: str) -> bool:
    # Publishers have few sources, and use them again and again.
    return is_reference(text) if len(text) > MAX_NAME_BYTES else known_reference(text)


def _check_required(envelope: Envelope) -> None:
    for name, right in _REQUIRED.items():
        text = envelope.get(name)
        if text is None:
            raise Refused(
                "envelope_invalid", f"The attribute `{name}` is missing.", accepted=f"`{name}`: {right}"
            )
        if not isinstance(text, str) or not text:
            raise _wrong(name, "is not a string" if text != "" else "is empty", right)
        if not is_text(text):
            raise _wrong(name, "holds a character that no attribute may hold", _TEXT)
    if envelope["specversion"] != "1.0":
        raise _wrong("specversion", f"is {envelope['specversion'][:16]!r}", '"1.0"')


_REQUIRED_AND_DATA = frozenset(_REQUIRED) | {"data", "datacontenttype"}


def _check_media_type(value: object) -> None:
    if not isinstance(value, str) or not is_json(value):
        raise _wrong("datacontenttype", "is not a JSON media type", "application/json, or nothing")


def _check_optional(envelope: Envelope) -> None:
    for name, value in envelope.items():
        if value is None or name in _REQUIRED_AND_DATA:
            continue  # in JSON, null is the same as nothing
        if name == "dataschema":
            if not isinstance(value, str) or not is_uri(value):
                raise _wrong(name, "is not a URI (RFC 3986)", "a URI, or nothing")
        elif name != "data_base64":
            _check_extension(name, value)


def _check_extension(name: str, value: object) -> None:
    if NAME.fullmatch(name) is None:
        raise _wrong(
            name[:64],
            "is no name for an attribute",
            "lower-case letters a to z and digits; or put it into data",
        )
    if not is_value(value):
        raise _wrong(
            name,
            "holds what no attribute may hold",
            "a string without control characters, true or false, or an integer of 32 bits",
        )


def _check_length(name: str, value: str) -> None:
    if not is_short(value):
        raise Refused(
            "name_too_long",
            f"`{name}` is {len(value.encode())} bytes long; at most {MAX_NAME_BYTES} are accepted.",
            pointer=f"/{name}",
            accepted=f"at most {MAX_NAME_BYTES} bytes of UTF-8",
        )


def _wrong(name: str, what: str, right: str) -> Refused:
    pointer = "/" + name.replace("~", "~0").replace("/", "~1")
    return Refused("envelope_invalid", f"The attribute `{name}` {what}.", pointer=pointer, accepted=right)


def _time(text: str, arrived: datetime) -> datetime:
    time = timestamp(text)
    if time is None:
        raise Refused(
            "time_invalid",
            f"`time` is {text[:64]!r}, which is no RFC 3339 time with an offset of the years 2 to 9998.",
            pointer="/time",
            accepted=accepted.TIME,
        )
    if time - arrived > MAX_AHEAD:
        raise Refused(
            "time_ahead",
            f"`time` is {text}, more than 10 minutes after the event arrived ({arrived:%Y-%m-%dT%H:%M:%SZ}).",
            pointer="/time",
            accepted="any time in the past, or at most 10 minutes ahead",
        )
    return time


# -------------------------------------------------------------------------------------------- the data


def _unpacked(body: bytes, envelope: Envelope) -> tuple[bytes, Envelope]:
    """An event with `data_base64`, once more with `data`, where it is of a type whose data we read."""
    text = envelope["data_base64"]
    if "data" in envelope:
        raise _wrong("data_base64", "stands beside `data`", "one of them")
    try:
        data = b64decode(text, validate=True) if isinstance(text, str) else None
    except (NotBase64, ValueError):
        data = None
    if data is None:
        raise _wrong("data_base64", "is not base64 (RFC 4648)", "`data`, a JSON object")
    if _find(envelope["type"]) is None:
        return body, envelope
    try:
        _parse(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(
            "data_invalid",
            f"`data_base64` does not hold JSON: {error}.",
            pointer="/data_base64",
            accepted="`data`, a JSON object",
        ) from None
    rest = {name: value for name, value in envelope.items() if name != "data_base64"}
    body = msgspec.json.encode({**rest, "data": msgspec.Raw(data)})
    return body, _envelope(body)


def _data(kind: type[Data], envelope: Envelope) -> Data:
    value = envelope.get("data")
    value = {} if value is None else value
    try:
        data = msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise _misfit(kind, error) from None
    for name in INSTANTS.get(envelope["type"], ()):
        # msgspec also takes what is ISO 8601 and not RFC 3339, and what cannot be told in UTC.
        if getattr(data, name) is not None and timestamp(value[name]) is None:
            raise Refused(
                "data_invalid",
                f"`{name}` is not an RFC 3339 time of the years 2 to 9998.",
                pointer=f"/data/{name}",
                accepted=accepted.TIME,
            )
    if envelope["type"].startswith("egard.team.") and not envelope["subject"].startswith("agent:"):
        raise Refused(
            "data_invalid",
            f"The subject of `{envelope['type']}` is `agent:` and the agent's id.",
            pointer="/subject",
            accepted="agent:<id>",
        )
    return data


def _misfit(kind: type[Data], error: msgspec.ValidationError) -> Refused:
    """msgspec says «Object missing required field `x`» or «… - at `$.x`»: the latter is a pointer."""
    message, _, path = str(error).partition(" - at `")
    field = path.rstrip("`").removeprefix("$").removeprefix(".")
    if not field:
        return Refused("data_invalid", f"{message}.", pointer="/data", accepted=accepted.of_data(kind))
    return Refused(
        "data_invalid",
        f"{message} (at /data/{field}).",
        pointer=f"/data/{field}",
        accepted=accepted.of_field(kind, field),
    )


# ------------------------------------------------------------------------------------- what no part may


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
        raise Refused(
            "data_invalid",
            "The character U+0000 is not accepted.",
            pointer=pointer,
            accepted="text without U+0000",
        )
    if isinstance(value, dict):
        for key, item in value.items():
            _refuse_nul(key, pointer)
            _refuse_nul(item, f"{pointer}/{key}")
    elif isinstance(value, list):
        for place, item in enumerate(value):
            _refuse_nul(item, f"{pointer}/{place}")
