"""CloudEvents in binary mode: attributes beside the data, put together as structured-mode JSON."""

from collections.abc import Iterable

import msgspec

from events.attributes import NAME, is_json
from events.refused import Refused

_ELSEWHERE = {
    "datacontenttype": "its value as the content type of the message",
    "data": "its value as the body of the message",
}
"""What is no attribute of its own in binary mode, and where it stands instead."""


def structured(attributes: Iterable[tuple[str, str]], content_type: str | None, data: bytes) -> bytes:
    """A binary-mode event as structured-mode JSON.

    `attributes` are names without the prefix that the transport gives them, and values as text;
    `content_type` is that of the message. The same message gives the same bytes.

    Raises `Refused` where the message cannot be put together. Whether it is an event, `decode` says.
    """
    envelope: dict[str, object] = {}
    for name, value in attributes:
        if name in _ELSEWHERE or NAME.fullmatch(name) is None:
            raise Refused(
                "envelope_invalid",
                f"`{name[:64]}` is no attribute of binary mode.",
                pointer=f"/{name}",
                accepted=_ELSEWHERE.get(name, "lower-case letters a to z and digits"),
            )
        if name in envelope:
            raise Refused(
                "envelope_invalid",
                f"The attribute `{name}` is there twice.",
                pointer=f"/{name}",
                accepted="each attribute once",
            )
        envelope[name] = value
    if content_type is not None:
        if not is_json(content_type):
            raise Refused(
                "envelope_invalid",
                f"The data is {content_type[:64]!r}; every type of the language has JSON data.",
                pointer="/datacontenttype",
                accepted="application/json",
            )
        envelope["datacontenttype"] = content_type
    if data:
        envelope["data"] = _json(data)
    return msgspec.json.encode(envelope)


def _json(data: bytes) -> msgspec.Raw:
    try:
        msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused("not_json", f"The data is not JSON: {error}.", pointer="/data") from None
    except RecursionError:
        raise Refused("data_invalid", "The data is nested too deep.", pointer="/data") from None
    return msgspec.Raw(data)
