"""The books of a run: what was sent, what was answered, where everything is, and whether it adds up."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import TypeVar

import msgspec

from tests.fuzz.events import Key
from tests.fuzz.producing import Place
from tests.fuzz.records import Made
from tests.fuzz.requests import Request
from tests.fuzz.wire import Answer

_PROBLEM = "application/problem+json"
_REFUSALS = frozenset({400, 408, 413, 415, 422})
_SHOWN = 20
"""The most requests that are told of one by one."""

NEIGHBOUR = "neighbour"

_T = TypeVar("_T")


class _Problem(msgspec.Struct):
    type: str
    title: str
    status: int
    detail: str
    index: int = 0


class _Answered(msgspec.Struct):
    accepted: int
    refused: list[_Problem] = []


class Row(msgspec.Struct):
    """What became of the inputs of one kind."""

    sent: int = 0
    accepted: int = 0
    """Of those over HTTP, how many were taken; they are on the topic."""
    refused: int = 0
    journal: int = 0
    dead: int = 0


class Ledger:
    """Inputs are events, each sent over HTTP or as a record; what is no event at all counts as one too."""

    def __init__(self) -> None:
        self.requests = 0
        self.records = 0
        self.malformed = 0
        self.statuses: Counter[int | None] = Counter()
        self.rows: defaultdict[tuple[str, str], Row] = defaultdict(Row)
        self.violations: list[str] = []
        self.later = 0
        self._taken = 0
        self._repeated = 0
        self._journalled: set[Key] = set()
        self._never: set[Key] = set()
        self._places: dict[Place, Row] = {}

    # ------------------------------------------------------------------------------------- what was sent

    def answered(self, number: int, one: Request, answer: Answer | None) -> None:
        """Enters a request and its last answer."""
        self.requests += 1
        self.malformed += one.kind != NEIGHBOUR
        self.statuses[None if answer is None else answer.status] += 1
        self._never.update(one.never)
        try:
            accepted, refused = _outcome(one, answer)
        except _Wrong as wrong:
            if len(self.violations) < _SHOWN:
                self.says(f"request {number} ({one.kind}): {wrong}; body {one.body[:200]!r}")
            return
        row = self.rows["HTTP", one.kind]
        row.sent += accepted + refused
        row.accepted += accepted
        row.refused += refused
        self._taken += accepted
        self._journalled.update(one.journalled)
        self._repeated += one.repeated

    def turned_away(self, answer: Answer) -> None:
        """Enters a deliberate 503; the request is sent again."""
        self.later += 1
        self.statuses[answer.status] += 1
        if not answer.retry_after and len(self.violations) < _SHOWN:
            self.says("a 503 does not say when to try again")

    def produced(self, records: Iterable[Made], places: Iterable[Place]) -> None:
        """Enters records and where they stand."""
        for one, place in zip(records, places, strict=True):
            self.records += 1
            self.malformed += one.kind != NEIGHBOUR
            row = self.rows["Kafka", one.kind]
            row.sent += 1
            self._places[place] = row
            self._repeated += one.repeated
            if one.journalled is not None:
                self._journalled.add(one.journalled)
            if one.never is not None:
                self._never.add(one.never)

    # -------------------------------------------------------------------------------- where everything is

    def settle(self, published: int, journal: dict[Place, Key], dead: set[Place]) -> dict[str, int]:
        """Holds what the topic, the journal and the dead letters contain against what was sent.

        Returns the inputs and the three counts that must add up to them.
        """
        # A request that was sent again after a 503 may be on the topic twice.
        if not self.later and published != self._taken + len(self._places):
            self.says(
                f"{self._taken:,} taken and {len(self._places):,} produced make no {published:,} records"
            )
        if both := journal.keys() & dead:
            self.says(f"{len(both):,} records are in the journal and dead letters too")
        keys = set(journal.values())
        if lost := self._journalled - keys:
            self.says(f"{len(lost):,} neighbours are lost, {min(lost)[0]!r} among them")
        if wrong := self._never & keys:
            self.says(f"{len(wrong):,} events are in the journal that are none, of {min(wrong)[0]!r}")
        for place, row in self._places.items():
            row.journal += place in journal
            row.dead += place in dead
        for (_, kind), row in self.rows.items():
            if kind == NEIGHBOUR and row.refused + row.dead:
                self.says(f"{row.refused + row.dead:,} neighbours were refused")
        return self._totals(len(journal), len(dead))

    def _totals(self, journal: int, dead: int) -> dict[str, int]:
        sent = sum(row.sent for row in self.rows.values())
        refused = sum(row.refused for row in self.rows.values())
        held = journal + self._repeated
        if sent != held + dead + refused:
            self.says(f"the counts differ by {sent - held - dead - refused:,}")
        return {
            "inputs": sent,
            "in the journal": held,
            "of these, repetitions": self._repeated,
            "dead letters": dead,
            "refused with a problem": refused,
        }

    def says(self, violation: str) -> None:
        """Enters something that must not be."""
        self.violations.append(violation)


class _Wrong(Exception):  # noqa: N818 - a finding
    """An answer that is not right."""


def _outcome(one: Request, answer: Answer | None) -> tuple[int, int]:
    """How many events of a request were accepted and refused. Raises `_Wrong`."""
    if one.alien:
        if answer is not None and not 400 <= answer.status < 500:
            raise _Wrong(f"what is not HTTP is answered {answer.status}")
        return 0, 1
    if answer is None:
        raise _Wrong("there is no answer")
    if answer.status in (202, 207):
        found = _decoded(answer, "application/json", _Answered)
        count = found.accepted + len(found.refused)
        wanted = _length(one.body) if one.events is None else one.events
        if count != wanted or (answer.status == 202) == bool(found.refused):
            raise _Wrong(f"of {wanted} events {found.accepted} are accepted and {len(found.refused)} refused")
        places = [problem.index for problem in found.refused]
        if len({*places}) < len(places) or not all(0 <= place < wanted for place in places):
            raise _Wrong(f"the places of the refused are {places}")
        return found.accepted, len(found.refused)
    if answer.status not in _REFUSALS:
        raise _Wrong(f"the answer is {answer.status}: {answer.body[:300]!r}")
    problem = _decoded(answer, _PROBLEM, _Problem)
    if problem.status != answer.status:
        raise _Wrong(f"the problem of a {answer.status} says {problem.status}")
    return 0, one.events or 1


def _length(body: bytes) -> int:
    """How many items an array has, some of which may hold what is no UTF-8: each is refused by itself."""
    try:
        return len(json.loads(body.decode("latin-1"), strict=False))
    except (ValueError, RecursionError) as error:
        raise _Wrong(f"a batch is taken that is no array: {error}") from None


def _decoded(answer: Answer, media_type: str, kind: type[_T]) -> _T:
    if answer.media_type != media_type:
        raise _Wrong(f"the {answer.status} is {answer.media_type!r}: {answer.body[:300]!r}")
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except msgspec.DecodeError as error:
        raise _Wrong(f"the {answer.status} cannot be read: {error}") from None
