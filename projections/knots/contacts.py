"""Patterns of contacts: told again and again, handed on and on, unanswered in a row, and «the procedure»."""

from bisect import bisect
from collections.abc import Iterator

from events import (
    ContactAnswered,
    ContactAttempted,
    ContactClosed,
    ContactMissed,
    ContactRetold,
    ContactReturned,
    ContactTransferred,
    Event,
    FrictionMet,
    LatitudeUsed,
    RecognitionRemembered,
    RequestRefused,
)
from projections.knot_rules import DeafEarRule, PingPongRule, RetellingRule, RulebookRule
from projections.knots.knot import Knot, Moment, Place, passing, tied
from projections.knots.story import Story


def retelling(story: Story, rule: RetellingRule) -> Iterator[Knot]:
    """One reason told for the third time. It ends when somebody knows without being told."""
    reasons: dict[str, list[Moment]] = {}
    for event, told in story.pairs(ContactRetold):
        reasons.setdefault(told.reason, []).append(story.speaking(event))
    ends = [story.untying(event) for event in (*story.of(RecognitionRemembered), *story.welcomes)]
    for reason, moments in reasons.items():
        yield from tied("retelling", reason, [*moments, *ends], rule, story.at, count=rule.tellings - 1)


def ping_pong(story: Story, rule: PingPongRule) -> Iterator[Knot]:
    """Handed on for the third time in one case. It ends when the case is closed as resolved.

    Where no case is named, the contact is taken for one.
    """
    cases: dict[tuple[str, ...], list[Moment]] = {}
    for event in story.of(ContactTransferred):
        cases.setdefault(_case(story, event), []).append(story.speaking(event))
    ends: dict[tuple[str, ...], list[Moment]] = {}
    for event, closed in story.pairs(ContactClosed):
        if closed.resolved:
            ends.setdefault(_case(story, event), []).append(story.untying(event))
    welcomes = [story.untying(event) for event in story.welcomes]
    for key, moments in cases.items():
        moments = [*moments, *ends.get(key, ()), *welcomes]
        yield from tied("ping_pong", key[-1], moments, rule, story.at, count=rule.transfers)


def _case(story: Story, event: Event) -> tuple[str, ...]:
    topic = story.topic(event)
    return (topic.case,) if topic.case is not None else topic.contact or ("",)


def deaf_ear(story: Story, rule: DeafEarRule) -> Iterator[Knot]:
    """Three attempts in a row that nobody answered. It ends when somebody does, or calls back."""
    starts: dict[tuple[str, str], list[Event]] = {}
    ends: dict[tuple[str, str], Event] = {}
    for event in story.events:
        match event.data:
            case ContactAttempted() | ContactMissed():
                starts.setdefault((event.subject, event.data.contact_id), []).append(event)
            case ContactAnswered() | ContactReturned(reached=True):
                ends.setdefault((event.subject, event.data.contact_id), event)
    answers = sorted((story.untying(event) for event in ends.values()), key=lambda answer: answer.place)
    places = [answer.place for answer in answers]
    unanswered = (_unanswered(story, some, ends.get(key), rule) for key, some in starts.items())
    in_vain = [
        moment
        for moment in unanswered
        # Whom somebody answered meanwhile, on whatever way, has been heard.
        if moment is not None
        and bisect(places, story.place(moment.events[0])) == bisect(places, moment.place)
    ]
    yield from tied(
        "deaf_ear", None, [*in_vain, *answers], rule, story.at, count=rule.attempts, in_a_row=True
    )


def _unanswered(story: Story, starts: list[Event], end: Event | None, rule: DeafEarRule) -> Moment | None:
    """When an attempt became one that nobody answered: at its miss, or after a while."""
    missed = next((event for event in starts if isinstance(event.data, ContactMissed)), None)
    waited: Place = passing(starts[0].at + rule.patience)
    place = waited if missed is None else min(story.place(missed), waited)
    if end is not None and story.place(end) < place:
        return None
    if missed is None or missed is starts[0] or place is waited:
        return Moment(place, (starts[0],))
    return Moment(place, (starts[0], missed))


def rulebook(story: Story, rule: RulebookRule) -> Iterator[Knot]:
    """The procedure invoked again. It ends when somebody decides alone, or explains a no that is accepted."""
    moments = [
        story.speaking(event) for event, met in story.pairs(FrictionMet) if met.what == "behind_procedure"
    ]
    explained = [event for event, no in story.pairs(RequestRefused) if no.accepted is True]
    ends = [story.untying(event) for event in (*story.of(LatitudeUsed), *explained, *story.welcomes)]
    yield from tied("rulebook", None, [*moments, *ends], rule, story.at, count=rule.times)
