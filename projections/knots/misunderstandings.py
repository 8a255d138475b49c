"""Misunderstandings: we held it for resolved and the customer did not, or each sees another relationship."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import islice

from events import (
    ComplaintRaised,
    ComplaintSettled,
    ContactAttempted,
    ContactClosed,
    ContactMissed,
    ContactRetold,
    Event,
    PerceptionStated,
)
from projections.kinds import of_kinds
from projections.knot_rules import MisunderstandingRule
from projections.knots.knot import Knot, Moment, tied
from projections.knots.story import Story
from projections.reading import Reading

ReadingAt = Callable[[float], Reading]
"""What was read of a person at an instant, of the events until then."""


def misunderstanding(story: Story, rule: MisunderstandingRule, reading_at: ReadingAt) -> Iterator[Knot]:
    """Both ways in which two see different things."""
    yield from _closed_too_soon(story, rule)
    yield from _seen_otherwise(story, rule, reading_at)


def _closed_too_soon(story: Story, rule: MisunderstandingRule) -> Iterator[Knot]:
    """We closed it as resolved, and they came back about it, or complained. Their own word ends it."""
    closings = story.pairs(ContactClosed)
    if not any(data.resolved for _, data in closings):
        return
    places = [story.place(event) for event, _ in closings]
    topics = [story.topic(event) for event, _ in closings]
    moments: dict[str, list[Moment]] = {}
    complaints: dict[str, set[tuple[str, str]]] = {}
    for back in _returns(story):
        place = story.place(back)
        within = range(bisect_left(places, (place[0] - rule.within, 0.0)), bisect_left(places, place))
        if not within:
            continue
        topic = story.topic(back)
        # A complaint may not say what it is about, where cases are not named anyway.
        says_nothing = type(back.data) is ComplaintRaised and topic.case is None
        last = next(
            (
                number
                for number in reversed(within)
                if topic.same(topics[number]) or (says_nothing and topics[number].case is None)
            ),
            None,
        )
        # What we held last counts: a closing that says itself that nothing is resolved misleads nobody.
        if last is not None and closings[last][1].resolved:
            name = topics[last].name
            moments.setdefault(name, []).append(Moment(place, (closings[last][0], back)))
            if type(back.data) is ComplaintRaised:
                complaints.setdefault(name, set()).add((back.subject, back.data.complaint_id))
    for name, some in moments.items():
        settled = [
            event
            for event, data in story.pairs(ComplaintSettled)
            if data.accepted and (event.subject, data.complaint_id) in complaints.get(name, ())
        ]
        ends = [story.untying(event) for event in (*settled, *story.welcomes)]
        yield from tied("misunderstanding", name, [*some, *ends], rule, story.at, count=1)


def _returns(story: Story) -> Iterator[Event]:
    """The first that is heard of each contact, each retelling, and each complaint."""
    for some in story.contacts.values():
        yield from islice(of_kinds(some, ContactAttempted, ContactMissed), 1)
    yield from story.of(ContactRetold, ComplaintRaised)


def _seen_otherwise(story: Story, rule: MisunderstandingRule, reading_at: ReadingAt) -> Iterator[Knot]:
    """What the customer states is far from what we read just then. It ends when the two come together.

    A statement is compared, and never mixed into the reading: this knot weighs nothing.
    """
    moments = []
    for event, stated in story.pairs(PerceptionStated):
        reading = reading_at(event.at)
        if reading.band == "unknown":
            continue
        far = abs(stated.health - reading.health) >= rule.apart
        moments.append(story.speaking(event) if far else story.untying(event))
    if moments:
        ends = [story.untying(event) for event in story.welcomes]
        yield from tied("misunderstanding", None, [*moments, *ends], rule, story.at, count=1, weight=0.0)
