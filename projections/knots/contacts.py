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
    Data,
    Event,
    FrictionMet,
    LatitudeUsed,
    RecognitionRemembered,
    RequestRefused,
)
from projections.kinds import of_kinds
from projections.knot_rules import DeafEarRule, PingPongRule, RetellingRule, RulebookRule
from projections.knots.knot import Knot, Moment, passing, tied
from projections.knots.story import Story


def retelling(story: Story, rule: RetellingRule) -> Iterator[Knot]:
    """One reason told for the third time. It ends when somebody knows without being told."""
    count = rule.tellings - 1
    reasons: dict[str, list[Event]] = {}
    for event, told in story.pairs(ContactRetold):
        reasons.setdefault(told.reason, []).append(event)
    for reason, retellings in reasons.items():
        if len(retellings) >= count:
            moments = [story.speaking(event) for event in retellings]
            moments += map(story.untying, (*story.of(RecognitionRemembered), *story.welcomes))
            yield from tied("retelling", reason, moments, rule, story.at, count=count)


def ping_pong(story: Story, rule: PingPongRule) -> Iterator[Knot]:
    """Handed on for the third time in one case. It ends when the case is closed as resolved.

    Where no case is named, the contact is taken for one.
    """
    if story.count(ContactTransferred) < rule.transfers:
        return
    cases: dict[tuple[str, ...], list[Event]] = {}
    for event in story.of(ContactTransferred):
        cases.setdefault(_case(story, event), []).append(event)
    for case, transfers in cases.items():
        if len(transfers) >= rule.transfers:
            closings = (event for event, closed in story.pairs(ContactClosed) if closed.resolved)
            ends = [event for event in closings if _case(story, event) == case]
            moments = [story.speaking(event) for event in transfers]
            moments += map(story.untying, (*ends, *story.welcomes))
            yield from tied("ping_pong", case[-1], moments, rule, story.at, count=rule.transfers)


def _case(story: Story, event: Event) -> tuple[str, ...]:
    topic = story.topic(event)
    return (topic.case,) if topic.case is not None else topic.contact or ("",)


_STARTS: frozenset[type[Data]] = frozenset((ContactAttempted, ContactMissed))
"""Data of events by which a contact begins."""


def deaf_ear(story: Story, rule: DeafEarRule) -> Iterator[Knot]:
    """Three attempts in a row that nobody answered. It ends when somebody does, or calls back."""
    if story.count(*_STARTS) < rule.attempts:
        return
    unanswered: list[Moment] = []
    answers: list[Event] = []
    for some in story.contacts.values():
        starts = [event for event in some if type(event.data) in _STARTS]
        end = next(filter(_answers, some), None)
        if end is not None:
            answers.append(end)
        moment = _unanswered(story, starts, end, rule) if starts else None
        if moment is not None:
            unanswered.append(moment)
    if len(unanswered) < rule.attempts:
        return
    places = sorted(map(story.place, answers))
    in_vain = [
        moment
        for moment in unanswered
        # Whom somebody answered meanwhile, on whatever way, has been heard.
        if bisect(places, story.place(moment.events[0])) == bisect(places, moment.place)
    ]
    if len(in_vain) >= rule.attempts:
        moments = [*in_vain, *map(story.untying, answers)]
        yield from tied("deaf_ear", None, moments, rule, story.at, count=rule.attempts, in_a_row=True)


def _answers(event: Event) -> bool:
    data = event.data
    return type(data) is ContactAnswered or (type(data) is ContactReturned and data.reached)


def _unanswered(story: Story, starts: list[Event], end: Event | None, rule: DeafEarRule) -> Moment | None:
    """When an attempt became one that nobody answered: at its miss, or after a while."""
    missed = next(of_kinds(starts, ContactMissed), None)
    waited = passing(story.place(starts[0])[0] + rule.patience)
    place = waited if missed is None else min(story.place(missed), waited)
    if end is not None and story.place(end) < place:
        return None
    if missed is None or missed is starts[0] or place is waited:
        return Moment(place, (starts[0],))
    return Moment(place, (starts[0], missed))


def rulebook(story: Story, rule: RulebookRule) -> Iterator[Knot]:
    """The procedure invoked again. It ends when somebody decides alone, or explains a no that is accepted."""
    invoked = [event for event, met in story.pairs(FrictionMet) if met.what == "behind_procedure"]
    if len(invoked) < rule.times:
        return
    explained = [event for event, no in story.pairs(RequestRefused) if no.accepted is True]
    moments = [story.speaking(event) for event in invoked]
    moments += map(story.untying, (*story.of(LatitudeUsed), *explained, *story.welcomes))
    yield from tied("rulebook", None, moments, rule, story.at, count=rule.times)
