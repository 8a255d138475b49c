"""The events of a request, each checked by itself. Pure."""

from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from events import Event, Refused, check_repetition, decode, is_slip

Key = tuple[str, bytes]
"""An event's identity: its customer, and the hash of source and id."""


class Item(msgspec.Struct, frozen=True):
    """One event of a request, and its place in it."""

    index: int
    event: Event
    key: Key


_BESIDE = 400
"""Bytes that an event takes beside its body, measured: its key, and its place among the others."""


class Recent:
    """The events that this process lately let in, so that a reused id is refused at once.

    What it does not remember the projector still refuses: there it becomes a dead letter.
    """

    def __init__(self, *, most_bytes: int = 16 * 1024 * 1024) -> None:
        """`most_bytes` is what it may take, all told: some 29,000 events with bodies of 180 bytes."""
        self._most = most_bytes
        self._held = 0
        self._bodies: OrderedDict[Key, bytes] = OrderedDict()

    def known(self, key: Key) -> bytes | None:
        """The event that lately had an identity; None where none is remembered."""
        return self._bodies.get(key)

    def add(self, item: Item) -> None:
        """Remembers an event, and forgets the oldest ones where room is short."""
        body = item.event.body
        if self._bodies.setdefault(item.key, body) is not body:
            return
        self._held += len(body) + _BESIDE
        while self._held > self._most:
            _, forgotten = self._bodies.popitem(last=False)
            self._held -= len(forgotten) + _BESIDE


class Intake:
    """The events of one request: those that are accepted, and a problem (RFC 9457) for each that is not."""

    def __init__(self, arrived: datetime, recent: Recent) -> None:
        self._arrived = arrived
        self._recent = recent
        self._here: dict[Key, bytes] = {}
        self._count = 0
        self.items: list[Item] = []
        self.unknown: set[str] = set()
        """Types that look like the language's own and are not: slips, or of a later version."""
        self.problems: list[dict[str, Any]] = []

    def take(self, bodies: Iterable[bytes]) -> None:
        """Checks the next events of the request."""
        for body in bodies:
            try:
                event = decode(body, arrived=self._arrived)
                item = Item(self._count, event, (event.subject, event.identity))
                known = self._recent.known(item.key) or self._here.setdefault(item.key, event.body)
                if known is not event.body:
                    check_repetition(known, event)
            except Refused as refusal:
                self.problems.append(problem_of(refusal, self._count, body))
            else:
                self.items.append(item)
                if event.data is None and is_slip(event.type):
                    self.unknown.add(event.type)
            self._count += 1


def problem_of(refusal: Refused, index: int, body: bytes) -> dict[str, Any]:
    """A refused event as a problem: what is wrong, where, and what would be accepted."""
    return {
        "type": f"urn:egard:problem:{refusal.reason}",
        "title": refusal.reason.replace("_", " ").capitalize(),
        "status": 413 if refusal.reason == "body_too_large" else 422,
        "detail": refusal.detail,
        "reason": refusal.reason,
        "pointer": refusal.pointer,
        "accepted": refusal.accepted,
        "index": index,
        **_names(body),
    }


class _Names(msgspec.Struct):
    id: Any = None
    source: Any = None


def _names(body: bytes) -> dict[str, str]:
    """The id and source of a refused event, where they can be told: they help the publisher find it."""
    try:
        names = msgspec.json.decode(body, type=_Names)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return {
        key: value[:256]
        for key, value in (("id", names.id), ("source", names.source))
        if isinstance(value, str)
    }
