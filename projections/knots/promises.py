"""The broken word: a second promise broken, and what restores it."""

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from functools import cached_property
from typing import Literal, NamedTuple

from events import (
    Event,
    PromiseBroken,
    PromiseKept,
    PromiseMade,
    PromiseRenegotiated,
)
from projections.knot_rules import BrokenWordRule
from projections.knots.knot import Knot, Place, in_order, passing
from projections.knots.story import Story

_Key = tuple[str, str]

_Told = tuple[Place, Event]


class _Turn(NamedTuple):
    """What becomes of one promise at one moment."""

    place: Place
    what: Literal["broken", "mended", "kept"]
    key: _Key
    events: tuple[Event, ...]

    @property
    def at(self) -> float:
        """When, in seconds since the Unix epoch."""
        return self.place[0]


def broken_word(story: Story, rule: BrokenWordRule) -> Iterator[Knot]:
    """A second promise broken. It ends when they are made good after all, or new ones are kept in time."""
    if story.count(PromiseMade, PromiseBroken) >= rule.promises:
        yield from promises_of(story, rule).knots()


def promises_of(story: Story, rule: BrokenWordRule) -> "Promises":
    """The promises of a story, worked out once."""
    found = story.worked_out.get(rule)
    if not isinstance(found, Promises):
        found = story.worked_out[rule] = Promises(story, rule)
    return found


class Promises:
    """The promises of a story: what becomes of each, and whether our word is broken."""

    def __init__(self, story: Story, rule: BrokenWordRule) -> None:
        self._at = story.at
        self._rule = rule
        self._told: dict[_Key, list[_Told]] = {
            key: [(story.place(event), event) for event in some] for key, some in story.promises.items()
        }
        self._turns = {key: self._of_one(key, told) for key, told in self._told.items()}

    def knots(self) -> Iterator[Knot]:
        """Each time that our word was broken, in order."""
        broken = sum(turn.what == "broken" for some in self._turns.values() for turn in some)
        if broken < self._rule.promises:
            return
        word = _Word(self._rule)
        yield from word.after(self._in_order(self._turns))
        if (last := word.last(self._at)) is not None:
            yield last

    def word_if_kept(self, done: Event, kept: PromiseKept) -> Knot | None:
        """The broken word that would still be open if one more were kept, after all else."""
        key = done.subject, kept.promise_id
        before = self._turns.get(key, [])
        # Nothing else happened at its instant: any number will do.
        turns = self._of_one(key, [*self._told.get(key, ()), ((done.at, 0.0), done)])
        if turns[: len(before)] == before:
            word, more = self._word.copy(), turns[len(before) :]
        else:
            # It was broken at this very instant, had it not been kept.
            word, more = _Word(self._rule), self._in_order({**self._turns, key: turns})
        for _ in word.after(more):
            pass
        last = word.last(self._at)
        return last if last is not None and last.open else None

    @cached_property
    def _word(self) -> "_Word":
        """Where our word stands in the end."""
        word = _Word(self._rule)
        for _ in word.after(self._in_order(self._turns)):
            pass
        return word

    def _of_one(self, key: _Key, told: list[_Told]) -> list[_Turn]:
        return [turn for turn in _of_one(key, told, self._rule) if turn.at <= self._at]

    def _in_order(self, turns: Mapping[_Key, Iterable[_Turn]]) -> list[_Turn]:
        return sorted((turn for some in turns.values() for turn in some), key=lambda turn: turn.place)


class _Word:
    """Our word, as one thing after another becomes of our promises."""

    def __init__(self, rule: BrokenWordRule) -> None:
        self._rule = rule
        self._standing: dict[_Key, _Turn] = {}
        self._opened_at: float | None = None
        self._latest_at = float("-inf")
        self._kept = 0

    def copy(self) -> "_Word":
        """Another that goes on from here."""
        other = copy(self)
        other._standing = dict(self._standing)
        return other

    def after(self, turns: Iterable[_Turn]) -> Iterator[Knot]:
        """Takes what comes next; yields the knots that close."""
        rule = self._rule
        for turn in turns:
            at = turn.at
            if self._opened_at is not None and at >= self._latest_at + rule.open_for:
                yield self._knot(self._opened_at, self._latest_at + rule.open_for)
                self._opened_at, self._standing = None, {}
            if turn.what == "broken":
                self._standing[turn.key] = turn
                self._latest_at, self._kept = at, 0
                if self._opened_at is None:
                    self._standing = {
                        key: one for key, one in self._standing.items() if one.at >= at - rule.within
                    }
                    self._opened_at = at if len(self._standing) >= rule.promises else None
                continue
            self._kept += turn.what == "kept"
            mended = turn.key in self._standing and len(self._standing) <= rule.promises
            if self._opened_at is not None and (mended or self._kept >= rule.kept):
                yield self._knot(self._opened_at, at, turn.events[0])
                self._opened_at = None
                if not mended:
                    self._standing = {}
            self._standing.pop(turn.key, None)

    def last(self, at: float) -> Knot | None:
        """The knot that nothing but time closed until an instant; None where there is none."""
        if self._opened_at is None:
            return None
        fades_at = self._latest_at + self._rule.open_for
        return self._knot(self._opened_at, fades_at if fades_at <= at else None)

    def _knot(self, opened_at: float, closed_at: float | None = None, closed_by: Event | None = None) -> Knot:
        return Knot(
            kind="broken_word",
            about=None,
            opened_at=opened_at,
            latest_at=self._latest_at,
            fades_at=self._latest_at + self._rule.open_for,
            closed_at=closed_at,
            closed_by=closed_by,
            evidence=in_order(event for turn in self._standing.values() for event in turn.events),
            dimension=self._rule.dimension,
            weight=self._rule.weight,
        )


def _of_one(key: _Key, told: list[_Told], rule: BrokenWordRule) -> Iterator[_Turn]:
    """What becomes of one promise: its due may be agreed anew, and what was said first of its end holds."""
    made: Event | None = None
    end: Event | None = None
    ended: Place | None = None
    dues: list[_Told] = []
    for place, event in told:
        data = event.data
        if type(data) is PromiseMade:
            if made is None:
                made = event
                dues.insert(0, (place, event))
                if data.to == "agent":
                    return
        elif type(data) is PromiseRenegotiated:
            if data.agreed:
                dues.append((place, event))
        elif end is None:
            end, ended = event, place
    if ended is not None:
        # What is agreed after the end changes nothing.
        dues = [said for said in dues if said[0] < ended]
    due, broken = None, False
    for (place, said), until in zip(dues, [*(place for place, _ in dues), ended][1:], strict=True):
        assert isinstance(said.data, PromiseMade | PromiseRenegotiated)  # noqa: S101 - nothing else has a due
        if broken:
            yield _Turn(place, "mended", key, (said,))
        due = said.data.due.timestamp()
        overdue = passing(max(place[0], due + rule.late))
        broken = made is not None and (until is None or overdue < until)
        if made is not None and broken:
            yield _Turn(overdue, "broken", key, (made,))
    if end is None or ended is None:
        return
    if type(end.data) is PromiseBroken:
        if not broken:
            yield _Turn(ended, "broken", key, (end,) if made is None else (made, end))
    elif broken:
        yield _Turn(ended, "mended", key, (end,))
    elif type(end.data) is PromiseKept and due is not None and ended[0] <= due:
        yield _Turn(ended, "kept", key, (end,))
