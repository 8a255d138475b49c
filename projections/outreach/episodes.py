"""What happened to a customer, event by event, as lines of a brief: the story, and how it felt to them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from events import (
    ComplaintRaised,
    ComplaintSettled,
    ContactAnswered,
    ContactClosed,
    ContactMissed,
    ContactRetold,
    ContactReturned,
    ContactTransferred,
    Data,
    Event,
    ExchangeCancelled,
    FeedbackGiven,
    FrictionMet,
    GestureMade,
    OutreachMade,
    OutreachReacted,
    PerceptionStated,
    PraiseGiven,
    PromiseBroken,
    PromiseKept,
    PromiseMade,
    PromiseReleased,
    PromiseRenegotiated,
    RecognitionOverlooked,
    RecognitionRemembered,
    RequestRefused,
    ServiceDisrupted,
    SuggestionAdopted,
    SuggestionDeclined,
    SuggestionMade,
)
from projections.matters import Promise, matter_of
from projections.outreach.line import Line, line

OF_PROMISES = (PromiseMade, PromiseRenegotiated, PromiseKept, PromiseReleased, PromiseBroken)
"""Data of events that a promise is joined from."""


class Pledged(msgspec.Struct):
    """A promise to the customer: what became of it, and the event that says what was promised."""

    promise: Promise
    event: Event


Promises = dict[tuple[str, str], Pledged]
"""Promises by subject and id."""


def promises_of(history: Iterable[Event]) -> Promises:
    """The promises to the customer, from their events in order."""
    matters: dict[tuple[str, str], Promise] = {}
    made: dict[tuple[str, str], Event] = {}
    for event in history:
        told = matter_of(event) if isinstance(event.data, OF_PROMISES) else None
        if told is not None and isinstance(told[1], Promise):
            key = (event.subject, told[0])
            known = matters.get(key)
            matters[key] = told[1] if known is None else known.merge(told[1])
            if isinstance(event.data, PromiseMade):
                made.setdefault(key, event)
    return {
        key: Pledged(matters[key], event)
        for key, event in made.items()
        if isinstance(event.data, PromiseMade) and event.data.to != "agent"
    }


def of_story(event: Event, promises: Promises) -> Line | None:
    """What an event adds to the story of a customer; most add nothing."""
    if isinstance(event.data, PromiseKept | PromiseBroken):
        pledged = promises.get((event.subject, event.data.promise_id))
        if pledged is None or not isinstance(pledged.event.data, PromiseMade):
            return None
        template = "promise_kept" if isinstance(event.data, PromiseKept) else "promise_broken"
        return line(template, event, pledged.event, what=pledged.event.data.what)
    return _said(event, _STORY)


def of_feeling(event: Event) -> Line | None:
    """What an event says of how it felt to the customer; most say nothing."""
    return _said(event, _FEELING)


_Saying = tuple[str, dict[str, Any]]


def _said(event: Event, sayings: Mapping[type[Data], Callable[[Any], _Saying | None]]) -> Line | None:
    if event.data is None:
        return None
    say = sayings.get(type(event.data))
    said = None if say is None else say(event.data)
    return None if said is None else line(said[0], event, **said[1])


def _answered(data: ContactAnswered) -> _Saying | None:
    if data.by != "human" or data.agent_id is None:
        return None
    if data.reason is None:
        return "answered_by", {"agent_id": data.agent_id}
    return "answered_about", {"agent_id": data.agent_id, "reason": data.reason}


def _missed(data: ContactMissed) -> _Saying:
    if data.reason is None:
        return "missed", {"cause": data.cause}
    return "missed_about", {"cause": data.cause, "reason": data.reason}


def _made(data: OutreachMade) -> _Saying:
    return ("reached_out", {}) if data.agent_id is None else ("reached_out_by", {"agent_id": data.agent_id})


def _disrupted(data: ServiceDisrupted) -> _Saying:
    return ("met_disruption", {}) if data.what is None else ("met_disruption_of", {"what": data.what})


def _feedback(data: FeedbackGiven) -> _Saying:
    if data.about is None:
        return "feedback", {"score": data.score}
    return "feedback_about", {"score": data.score, "about": data.about}


def _praise(data: PraiseGiven) -> _Saying:
    if data.note is not None:
        return "praise_in_words", {"note": data.note}
    return ("praise", {}) if data.agent_id is None else ("praise_for", {"agent_id": data.agent_id})


def _settled(data: ComplaintSettled) -> _Saying:
    return ("complaint_accepted" if data.accepted else "complaint_not_accepted"), {}


_STORY: dict[type[Data], Callable[[Any], _Saying | None]] = {
    ComplaintRaised: lambda data: ("complained", {}),  # noqa: ARG005 - what matters is that it happened
    ComplaintSettled: _settled,
    ContactMissed: _missed,
    ContactAnswered: _answered,
    ContactReturned: lambda data: ("called_back" if data.reached else "called_back_in_vain", {}),
    ContactTransferred: lambda data: ("handed_on", {}),  # noqa: ARG005 - what matters is that it happened
    ContactRetold: lambda data: ("told_again", {"reason": data.reason}),
    ContactClosed: lambda data: ("closed_resolved" if data.resolved else "closed_unresolved", {}),
    RecognitionOverlooked: lambda data: ("overlooked", {"how": data.how}),
    RecognitionRemembered: lambda data: ("remembered", {"what": data.what}),
    FrictionMet: lambda data: ("met_friction", {"friction": data.what}),
    RequestRefused: lambda data: ("refused", {"what": data.what, "why": data.why}),
    GestureMade: lambda data: ("gesture", {"what": data.what}),
    OutreachMade: _made,
    OutreachReacted: lambda data: ("reacted", {"reaction": data.reaction}),
    ServiceDisrupted: _disrupted,
    SuggestionMade: lambda data: ("suggested", {}),  # noqa: ARG005 - what matters is that it happened
    SuggestionAdopted: lambda data: ("suggestion_taken_up", {}),  # noqa: ARG005 - the same
    SuggestionDeclined: lambda data: ("suggestion_not_taken_up", {}),  # noqa: ARG005 - the same
    ExchangeCancelled: lambda data: ("cancelled", {}),  # noqa: ARG005 - the same
}

_FEELING: dict[type[Data], Callable[[Any], _Saying | None]] = {
    FeedbackGiven: _feedback,
    PerceptionStated: lambda data: ("stated", {"health": data.health}),
    PraiseGiven: _praise,
}

STORY: tuple[type[Data], ...] = (*_STORY, PromiseKept, PromiseBroken)
"""Data of events that may be part of a story."""

FEELING: tuple[type[Data], ...] = (*_FEELING,)
"""Data of events that say how it felt to the customer."""

WEIGHT: dict[type[Data], int] = {
    ComplaintRaised: 3,
    ComplaintSettled: 3,
    PromiseBroken: 3,
    OutreachReacted: 3,
    GestureMade: 2,
    ContactMissed: 2,
    ContactRetold: 2,
    RequestRefused: 2,
    RecognitionOverlooked: 2,
    ServiceDisrupted: 2,
    OutreachMade: 2,
    PromiseKept: 2,
    ExchangeCancelled: 2,
}
"""How much of a story a kind of event is; those that are not named are 1."""
