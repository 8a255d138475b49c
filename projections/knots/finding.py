"""All knots of a person at an instant."""

from collections.abc import Iterable, Sequence
from typing import get_args

from events import ComplaintRaised, ComplaintSettled, ContactReturned, Data, Event, PromiseKept
from projections.fold import fold_person
from projections.knot_rules import KnotKind
from projections.knots.contacts import deaf_ear, ping_pong, retelling, rulebook
from projections.knots.knot import Knot
from projections.knots.misunderstandings import ReadingAt, misunderstanding
from projections.knots.outreach import pursuit
from projections.knots.promises import broken_word
from projections.knots.story import RECENT, Story, story
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
    found = [knot for kind in get_args(KnotKind) for knot in _of_kind(kind, told, strategy, reading_at)]
    return sorted(found, key=lambda knot: knot.order)


def knots_after(
    before: list[Knot], told: Story, done: Event, strategy: Strategy, reading_at: ReadingAt
) -> list[Knot]:
    """The knots in a story whose last event mends something, from those before: these, if none changes.

    It comes after all others and ties nothing: only open knots that it may untie are looked for again; in so
    long a story that its first event falls out of sight, all are.
    """
    kinds = None if done.data is None else _MENDED.get(type(done.data))
    if kinds is None or len(told.events) >= RECENT:
        return knots_of(told, strategy, reading_at)
    kinds = tuple(kind for kind in kinds if any(knot.open and knot.kind == kind for knot in before))
    if isinstance(done.data, ComplaintSettled) and not _cites(before, done.subject, done.data.complaint_id):
        kinds = ()
    if not kinds:
        return before
    still = [knot for knot in before if knot.kind not in kinds]
    still += [knot for kind in kinds for knot in _of_kind(kind, told, strategy, reading_at)]
    return sorted(still, key=lambda knot: knot.order)


_MENDED: dict[type[Data], tuple[KnotKind, ...]] = {
    ContactReturned: ("deaf_ear", "pursuit"),
    PromiseKept: ("broken_word",),
    ComplaintSettled: ("misunderstanding",),
}
"""What a mending event may untie."""


def _cites(knots: Iterable[Knot], subject: str, complaint_id: str) -> bool:
    """Whether a complaint is among the evidence of some knots."""
    return any(
        event.subject == subject and event.data.complaint_id == complaint_id
        for knot in knots
        for event in knot.evidence
        if isinstance(event.data, ComplaintRaised)
    )


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
