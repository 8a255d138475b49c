"""Pursuit: we reach out, meet silence, and reach out again."""

from collections.abc import Iterator

from events import (
    ComplaintRaised,
    ContactAnswered,
    ContactAttempted,
    ContactRetold,
    ContactReturned,
    CustomerRecommended,
    Data,
    Event,
    FeedbackGiven,
    OutreachMade,
    OutreachReacted,
    PerceptionStated,
    PraiseGiven,
    SuggestionMade,
)
from projections.knot_rules import PursuitRule
from projections.knots.knot import Knot, Moment, tied
from projections.knots.story import Story

_SIGNS: frozenset[type[Data]] = frozenset(
    (
        ContactAttempted,
        ContactAnswered,
        ContactRetold,
        ComplaintRaised,
        FeedbackGiven,
        PraiseGiven,
        SuggestionMade,
        PerceptionStated,
        CustomerRecommended,
    )
)
"""By these the customer shows that they are there, whatever they think of us."""


def pursuit(story: Story, rule: PursuitRule) -> Iterator[Knot]:
    """Outreach met by silence, and more outreach. It ends with any sign of the customer, or when we stop."""
    if story.count(OutreachMade) < rule.outreaches:
        return
    moments: list[Moment] = []
    before: tuple[Event, ...] = ()
    for event in story.events:
        if is_sign(event):
            moments.append(story.untying(event))
            before = ()
        elif type(event.data) is OutreachReacted:
            if before:
                before = (before[0], event)
        elif type(event.data) is OutreachMade:
            if before and (len(before) > 1 or event.at >= before[0].at + rule.silence):
                moments.append(Moment(story.place(event), (*before, event)))
            before = (event,)
    yield from tied("pursuit", None, moments, rule, story.at, count=rule.outreaches - 1, in_a_row=True)


def is_sign(event: Event) -> bool:
    """Whether the customer shows by an event that they are there."""
    data = event.data
    if type(data) is OutreachReacted:
        return data.reaction != "none"
    if type(data) is ContactReturned:
        return data.reached
    return type(data) in _SIGNS
