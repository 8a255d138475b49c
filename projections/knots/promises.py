"""The broken word: a second promise broken, and what restores it."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from events import (
    Event,
    PromiseBroken,
    PromiseKept,
    PromiseMade,
    PromiseReleased,
    PromiseRenegotiated,
)
from projections.knot_rules import BrokenWordRule
from projections.knots.knot import Knot, Place, in_order, passing, place_of
from projections.knots.story import Story

_Key = tuple[str, str]


class _Turn(NamedTuple):
    """What becomes of one promise at one moment."""

    place: Place
    what: Literal["broken", "mended", "kept"]
    key: _Key
    events: tuple[Event, ...]


def broken_word(story: Story, rule: BrokenWordRule) -> Iterator[Knot]:
    """A second promise broken. It ends when they are made good after all, or new ones are kept in time."""
    turns = sorted(_turns(story, rule), key=lambda turn: turn.place)
    standing: dict[_Key, _Turn] = {}
    opened_at, latest_at, kept = None, float("-inf"), 0

    def knot(opened_at: float, closed_at: float | None = None, closed_by: Event | None = None) -> Knot:
        return Knot(
            kind="broken_word",
            about=None,
            opened_at=opened_at,
            latest_at=latest_at,
            fades_at=latest_at + rule.open_for,
            closed_at=closed_at,
            closed_by=closed_by,
            evidence=in_order(event for turn in standing.values() for event in turn.events),
            dimension=rule.dimension,
            weight=rule.weight,
        )

    for turn in turns:
        at = turn.place[0][0]
        if at > story.at:
            break
        if opened_at is not None and at >= latest_at + rule.open_for:
            yield knot(opened_at, latest_at + rule.open_for)
            opened_at, standing = None, {}
        if turn.what == "broken":
            standing[turn.key] = turn
            latest_at, kept = at, 0
            if opened_at is None:
                standing = {key: one for key, one in standing.items() if one.place[0][0] >= at - rule.within}
                opened_at = at if len(standing) >= rule.promises else None
            continue
        kept += turn.what == "kept"
        mended = turn.key in standing and len(standing) <= rule.promises
        if opened_at is not None and (mended or kept >= rule.kept):
            yield knot(opened_at, at, turn.events[0])
            opened_at = None
            if not mended:
                standing = {}
        standing.pop(turn.key, None)
    if opened_at is not None:
        fades_at = latest_at + rule.open_for
        yield knot(opened_at, fades_at if fades_at <= story.at else None)


def _turns(story: Story, rule: BrokenWordRule) -> Iterator[_Turn]:
    promises: dict[_Key, list[Event]] = {}
    for event in story.of(PromiseMade, PromiseRenegotiated, PromiseKept, PromiseReleased, PromiseBroken):
        promises.setdefault((event.subject, event.data.promise_id), []).append(event)  # type: ignore[union-attr]
    for key, events in promises.items():
        yield from _of_one(key, sorted(events, key=place_of), rule)


def _of_one(key: _Key, events: list[Event], rule: BrokenWordRule) -> Iterator[_Turn]:
    """What becomes of one promise: its due may be agreed anew, and what was said first of its end holds."""
    made = next((event for event in events if isinstance(event.data, PromiseMade)), None)
    if made is not None and isinstance(made.data, PromiseMade) and made.data.to == "agent":
        return
    end = next(
        (event for event in events if isinstance(event.data, PromiseKept | PromiseReleased | PromiseBroken)),
        None,
    )
    dues = [] if made is None else [made]
    dues += [event for event in events if isinstance(event.data, PromiseRenegotiated) and event.data.agreed]
    if end is not None:
        # What is agreed after the end changes nothing.
        dues = [event for event in dues if place_of(event) < place_of(end)]
    due, broken = None, False
    for said, until in zip(dues, [*dues, end][1:], strict=True):
        assert isinstance(said.data, PromiseMade | PromiseRenegotiated)  # noqa: S101 - nothing else has a due
        if broken:
            yield _Turn(place_of(said), "mended", key, (said,))
        due = said.data.due.timestamp()
        overdue = passing(max(said.at, due + rule.late))
        broken = made is not None and (until is None or overdue < place_of(until))
        if made is not None and broken:
            yield _Turn(overdue, "broken", key, (made,))
    if end is None:
        return
    if isinstance(end.data, PromiseBroken):
        if not broken:
            yield _Turn(place_of(end), "broken", key, (end,) if made is None else (made, end))
    elif broken:
        yield _Turn(place_of(end), "mended", key, (end,))
    elif isinstance(end.data, PromiseKept) and due is not None and end.at <= due:
        yield _Turn(place_of(end), "kept", key, (end,))
