"""Records as they come from Kafka, and the event bytes inside them."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from events import Refused

_ATTRIBUTE = "ce_"
_TRACEPARENT = re.compile(rb"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class Record(msgspec.Struct, frozen=True, gc=False):
    """One record of a partition."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    timestamp_ms: int
    """When the broker took it, where the topic says `LogAppendTime`."""

    @property
    def arrived(self) -> datetime:
        """When it reached us."""
        return datetime.fromtimestamp(self.timestamp_ms / 1000, UTC)

    @property
    def traceparent(self) -> str | None:
        """The trace that it belongs to (W3C Trace Context), if a header says so."""
        for name, value in self.headers:
            if name == "traceparent" and value is not None and _TRACEPARENT.fullmatch(value):
                return value.decode("ascii")
        return None


def body_of(record: Record) -> bytes:
    """The event as structured-mode JSON: a structured value as it is, a binary one put together.

    Raises `Refused` where there is no value, or binary mode cannot be put together.
    """
    if record.value is None:
        raise Refused("not_json", "The record has no value.", accepted="one CloudEvent per record")
    # Kafka's headers may have no value; CloudEvents' attributes have one.
    headers = {name: value for name, value in record.headers if value is not None}
    attributes = {name: value for name, value in headers.items() if name.startswith(_ATTRIBUTE)}
    if "ce_specversion" not in attributes:
        return record.value
    try:
        envelope: dict[str, object] = {
            name.removeprefix(_ATTRIBUTE): value.decode() for name, value in attributes.items()
        }
        if "content-type" in headers:
            envelope["datacontenttype"] = headers["content-type"].decode()
        if record.value:
            msgspec.json.decode(record.value)
            envelope["data"] = msgspec.Raw(record.value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused("not_json", f"The record in binary mode is not JSON: {error}.") from None
    return msgspec.json.encode(envelope)
