"""What comes in over HTTP: split into events, each checked by itself. Pure."""

from collections import OrderedDict
from datetime import datetime
from typing import Any

import msgspec

from events import Event, Refused, check_repetition, decode

SINGLE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"

_split = msgspec.json.Decoder(list[msgspec.Raw]).decode


class Item(msgspec.Struct, frozen=True):
    """One event of a request, and its place in it."""

    index: int
    event: Event


class Recent:
    """The events that this process lately let in, so that a reused id is refused at once.

    What it does not remember the projector still refuses: there it becomes a dead letter.
    """

    def __init__(self, *, most_bytes: int = 16 * 1024 * 1024) -> None:
        self._most = most_bytes
        self._held = 0
        self._bodies: OrderedDict[tuple[str, bytes], bytes] = OrderedDict()

    def check(self, event: Event) -> None:
        """Raises `Refused` where the event's identity was lately given to another."""
        known = self._bodies.get((event.subject, event.identity))
        if known is not None:
            check_repetition(known, event)

    def add(self, event: Event) -> None:
        """Remembers an event, and forgets the oldest ones where room is short."""
        key = (event.subject, event.identity)
        if key in self._bodies:
            return
        self._bodies[key] = event.body
        self._held += len(event.body)
        while self._held > self._most:
            _, forgotten = self._bodies.popitem(last=False)
            self._held -= len(forgotten)


def split(body: bytes, media_type: str) -> list[bytes]:
    """The events of a request body. Raises `Refused` where it is no JSON array in batched mode."""
    if media_type == SINGLE:
        return [body]
    try:
        return [bytes(raw) for raw in _split(body)]
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused("not_json", f"The body is not a JSON array of events: {error}.") from None


def check(bodies: list[bytes], arrived: datetime, recent: Recent) -> tuple[list[Item], list[dict[str, Any]]]:
    """Decodes each event; returns those that are accepted, and a problem (RFC 9457) for each that is not."""
    accepted: list[Item] = []
    problems: list[dict[str, Any]] = []
    here: dict[tuple[str, bytes], bytes] = {}
    for index, body in enumerate(bodies):
        try:
            event = decode(body, arrived=arrived)
            recent.check(event)
            known = here.setdefault((event.subject, event.identity), event.body)
            if known is not event.body:
                check_repetition(known, event)
        except Refused as refusal:
            problems.append(problem_of(refusal, index, body))
        else:
            accepted.append(Item(index, event))
    return accepted, problems


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
