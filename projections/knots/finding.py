"""All knots of a person at an instant."""

from collections.abc import Iterable, Sequence

from events import Event
from projections.fold import fold_person
from projections.knots.contacts import deaf_ear, ping_pong, retelling, rulebook
from projections.knots.knot import Knot
from projections.knots.misunderstandings import ReadingAt, misunderstanding
from projections.knots.outreach import pursuit
from projections.knots.promises import broken_word
from projections.knots.story import Story, story
from projections.reading import Reading, read
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
    """What was read of a person at any instant, by folding the events until then."""

    def reading_at(at: float) -> Reading:
        until = fold_person((event for event in known if event.at <= at), strategy)
        return read(until.sums_at(strategy, at), strategy, at)

    return reading_at


def knots_of(told: Story, strategy: Strategy, reading_at: ReadingAt) -> list[Knot]:
    """The knots in a story; see `find_knots`."""
    rules, found = strategy.knots, list[Knot]()
    if rules.retelling is not None:
        found += retelling(told, rules.retelling)
    if rules.ping_pong is not None:
        found += ping_pong(told, rules.ping_pong)
    if rules.deaf_ear is not None:
        found += deaf_ear(told, rules.deaf_ear)
    if rules.broken_word is not None:
        found += broken_word(told, rules.broken_word)
    if rules.misunderstanding is not None:
        found += misunderstanding(told, rules.misunderstanding, reading_at)
    if rules.pursuit is not None:
        found += pursuit(told, rules.pursuit)
    if rules.rulebook is not None:
        found += rulebook(told, rules.rulebook)
    return sorted(found, key=lambda knot: knot.order)
