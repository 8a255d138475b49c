"""What every event's data shares: a tagged Struct, and the scalar types of the language."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from events.described import TAG, Described

Identifier = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
"""An opaque id chosen by the publisher: 1 to 256 characters."""

Reference = Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
"""The `source` of an event."""

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
"""Words for a person to read."""

Names = Annotated[list[Identifier], msgspec.Meta(max_length=100)]
"""A few short names."""

Scale = Annotated[float, msgspec.Meta(ge=0, le=100)]
"""Every scale of the language runs from 0 (worst) to 100 (best, or most)."""

Seconds = Annotated[float, msgspec.Meta(ge=0)]
"""A duration in seconds."""

Minutes = Annotated[float, msgspec.Meta(ge=0)]
"""A duration in minutes: what a person's time is counted in."""

Amount = Annotated[float, msgspec.Meta(ge=0)]
"""Money, in the currency that stands beside it."""

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
"""An RFC 3339 time; the offset is required."""

Channel = Literal["phone", "email", "chat", "form", "store", "social", "post", "other"]
"""Where a contact takes place."""

ContactBy = Literal["human", "machine", "either"]
"""Whom a customer wants to be answered by."""


class Data(Described, frozen=True, kw_only=True, omit_defaults=True, tag_field=TAG):
    """The data of one event type; its tag is the CloudEvents `type`.

    Unknown fields are ignored on decoding and kept in the journal, which stores the event's own bytes.
    On the wire the tag is the envelope's `type` attribute; `events.encode` leaves it out of `data`.
    """


def type_of(data: Data | type[Data]) -> str:
    """The CloudEvents `type` of an event's data, for example `egard.contact.attempted`."""
    tag = data.__struct_config__.tag
    assert isinstance(tag, str)  # noqa: S101 - every class of the language is declared with one
    return tag
