"""What the job is, whoever does it: from records to what is new and to sums. Pure; needs only msgspec."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

import msgspec

Name = tuple[str, UUID]
"""A customer, and 128 bits that stand for (source, id)."""

SUMS = tuple(
    f"{horizon}_{dimension}_{sign}"
    for horizon in ("bond", "mood")
    for dimension in ("recognition", "responsiveness")
    for sign in ("positive", "negative")
)
_SIDE = {"recognition": 0, "responsiveness": 2}
_DAY = 86400.0
_HALF_LIVES = ((0, 180 * _DAY), (4, 21 * _DAY))
_LANDMARK = 1767225600.0  # 2026-01-01

TABLES = (
    'create table seen (customer text collate "C", identity uuid, primary key (customer, identity))',
    'create table sums (customer text collate "C" primary key, events bigint not null, '
    + ", ".join(f"{name} double precision not null" for name in SUMS)
    + ") with (fillfactor = 80)",
    # How many records were read in all, repetitions included, and when reading began.
    "create table progress (records bigint not null, began double precision)",
    "insert into progress values (0, null)",
)
"""Where the results go: both tables are written in one transaction per batch."""

STAGES = (
    "create temporary table stage_seen (like seen)",
    "create temporary table stage_sums (like sums)",
)
"""What each connection needs for itself."""

ACCEPT = (
    "insert into seen select * from stage_seen order by customer, identity "
    "on conflict do nothing returning customer, identity"
)
_ADDED = ", ".join(f"{name} = sums.{name} + excluded.{name}" for name in ("events", *SUMS))
ADD = (
    "insert into sums select * from stage_sums order by customer "  # noqa: S608 - the names are ours
    f"on conflict (customer) do update set {_ADDED}"
)
CLEAR = "truncate stage_seen, stage_sums"


class _Data(msgspec.Struct, gc=False):
    waited_s: float = 0.0
    score: float = 50.0


class Event(msgspec.Struct, gc=False):
    """As much of an event as the job needs."""

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    data: _Data

    @property
    def name(self) -> Name:
        """Its identity."""
        source = self.source.encode()
        packed = b"%d:%b%b" % (len(source), source, self.id.encode())
        return self.subject, UUID(bytes=blake2b(packed, digest_size=16).digest())


_decode = msgspec.json.Decoder(Event).decode
_DIRECT = {
    "egard.promise.kept": ("responsiveness", 1.0, 1.5),
    "egard.recognition.greeted": ("recognition", 0.5, 0.3),
    "egard.recognition.remembered": ("recognition", 0.8, 0.8),
    "egard.recognition.overlooked": ("recognition", -0.7, 1.0),
    "egard.friction.met": ("responsiveness", -0.6, 0.6),
}


def read(values: Iterable[bytes]) -> dict[Name, Event]:
    """Records by identity: what comes twice stands there once."""
    found = {}
    for value in values:
        event = _decode(value)
        found[event.name] = event
    return found


def add_up(some: Iterable[Event]) -> list[tuple[Any, ...]]:
    """Per customer, in order: how many events, and what they add to the sums (forward decay)."""
    rows: dict[str, list[float]] = {}
    counts: dict[str, int] = {}
    for event in some:
        customer = event.subject
        sums = rows.get(customer)
        if sums is None:
            sums = rows[customer] = [0.0] * len(SUMS)
            counts[customer] = 0
        counts[customer] += 1
        signal = _signal(event)
        if signal is None:
            continue
        dimension, valence, weight = signal
        side = _SIDE[dimension]
        elapsed = event.time.timestamp() - _LANDMARK
        for base, half_life in _HALF_LIVES:
            scale = weight / 2.0 * 2.0 ** (elapsed / half_life)
            sums[base + side] += (1.0 + valence) * scale
            sums[base + side + 1] += (1.0 - valence) * scale
    return [(customer, counts[customer], *rows[customer]) for customer in sorted(rows)]


def _signal(event: Event) -> tuple[str, float, float] | None:
    if event.type == "egard.contact.answered":
        return "responsiveness", 2.0 * 2.0 ** (-event.data.waited_s / 90.0) - 1.0, 1.0
    if event.type == "egard.feedback.given":
        return "responsiveness", event.data.score / 50.0 - 1.0, 0.8
    return _DIRECT.get(event.type)
