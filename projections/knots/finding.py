"""All knots of a person at an instant."""

from collections.abc import Iterable, Iterator, Sequence
from typing import get_args

from events import Event
from projections.knot_rules import KnotKind
from projections.knots.contacts import deaf_ear, ping_pong, retelling, rulebook
from projections.knots.knot import Knot
from projections.knots.misunderstandings import ReadingAt, misunderstanding
from projections.knots.outreach import pursuit
from projections.knots.promises import broken_word
from projections.knots.readings import ReadingsSoFar
from projections.knots.story import Story, story
from projections.strategy import Strategy


def find_knots(
    events: Iterable[Event], strategy: Strategy, at: float, reading_at: ReadingAt | None = None
) -> list[Knot]:
    """The knots in one person's events until an instant (seconds since the Unix epoch), open and closed.

    A function of the set of events, the strategy and the instant: the order of arrival changes nothing, and
    what was taken back or is contested ties no knot. The first opened comes first. `reading_at` says what was
    read at an instant, before any knot weighed in; without it, the events given are folded for that.
    """
    known = list(events)
    return knots_of(story(known, at), strategy, reading_at or folded(known, strategy))


def folded(known: Sequence[Event], strategy: Strategy) -> ReadingAt:
    """What was read of a person at any instant, of the events until then."""
    return ReadingsSoFar(known, strategy).read_at


def knots_of(told: Story, strategy: Strategy, reading_at: ReadingAt) -> list[Knot]:
    """The knots in a story; see `find_knots`."""
    return sorted(_found(told, strategy, reading_at), key=lambda knot: knot.order)


def is_knotted(told: Story, strategy: Strategy, reading_at: ReadingAt) -> bool:
    """Whether any knot is open at a story's end: the first that is found tells."""
    return any(knot.open for knot in _found(told, strategy, reading_at))


def _found(told: Story, strategy: Strategy, reading_at: ReadingAt) -> Iterator[Knot]:
    for kind in get_args(KnotKind):
        yield from _of_kind(kind, told, strategy, reading_at)


def _of_kind(kind: KnotKind, told: Story, strategy: Strategy, reading_at: ReadingAt) -> Iterable[Knot]:
    rules = strategy.knots
    match kind:
        case "retelling":
            return () if rules.retelling is None else retelling(told, rules.retelling)
        case "ping_pong":
            return () if rules.ping_pong is None else ping_pong(told, rules.ping_pong)
        case "deaf_ear":
            return () if rules.deaf_ear is None else deaf_ear(told, rules.deaf_ear)
        case "broken_word":
            return () if rules.broken_word is None else broken_word(told, rules.broken_word)
        case "misunderstanding":
            rule = rules.misunderstanding
            return () if rule is None else misunderstanding(told, rule, reading_at)
        case "pursuit":
            return () if rules.pursuit is None else pursuit(told, rules.pursuit)
        case "rulebook":
            return () if rules.rulebook is None else rulebook(told, rules.rulebook)
