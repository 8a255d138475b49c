"""One example of every event type: what the contracts show, and what anybody can publish as it stands."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from events.base import Data, type_of
from events.care import (
    CustomerInformed,
    CustomerRecommended,
    GestureMade,
    LatitudeAsked,
    LatitudeUsed,
    ServiceDisrupted,
    ServiceRestored,
)
from events.contact import (
    ContactAnswered,
    ContactAttempted,
    ContactClosed,
    ContactMissed,
    ContactRetold,
    ContactReturned,
    ContactStrained,
    ContactTransferred,
)
from events.event import encode
from events.exchange import (
    ConsentGiven,
    ConsentWithdrawn,
    ExchangeCancelled,
    ExchangePurchased,
    ExchangeRenewed,
    ExchangeVisited,
    PreferenceSet,
    SolicitationSent,
)
from events.outreach import (
    OutreachClaimed,
    OutreachDeclined,
    OutreachDelegated,
    OutreachExpired,
    OutreachMade,
    OutreachPrompted,
    OutreachReacted,
    OutreachReleased,
    OutreachSnoozed,
    OutreachWithheld,
)
from events.promise import PromiseBroken, PromiseKept, PromiseMade, PromiseReleased, PromiseRenegotiated
from events.recognition import (
    FactTold,
    FrictionMet,
    RecognitionCelebrated,
    RecognitionGreeted,
    RecognitionOverlooked,
    RecognitionRemembered,
    RecognitionThanked,
    RequestRefused,
)
from events.record import CustomerErased, CustomerLinked, CustomerUnlinked, EventRetracted, RecordContested
from events.team import TeamShiftEnded, TeamShiftStarted, TeamThanked
from events.voice import (
    ComplaintRaised,
    ComplaintSettled,
    FeedbackGiven,
    JudgementMade,
    PerceptionStated,
    PraiseGiven,
    SuggestionAdopted,
    SuggestionDeclined,
    SuggestionMade,
)

_WHEN = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
_DUE = datetime(2026, 3, 4, 17, tzinfo=UTC)
_LATER = datetime(2026, 3, 5, 12, tzinfo=UTC)

_SAID: tuple[Data, ...] = (
    ContactAttempted(
        contact_id="call-1", channel="phone", wants="human", reason="the parcel", case_id="order-17"
    ),
    ContactAnswered(
        contact_id="call-1", by="human", channel="phone", agent_id="lea", waited_s=42, case_id="order-17"
    ),
    ContactMissed(contact_id="call-1", cause="rang_out", channel="phone", waited_s=90, reason="the parcel"),
    ContactReturned(contact_id="call-1", reached=True, agent_id="lea"),
    ContactTransferred(contact_id="call-1", from_agent="lea", to_agent="karim", case_id="order-17"),
    ContactRetold(contact_id="call-2", reason="the parcel", case_id="order-17"),
    ContactClosed(
        contact_id="call-1",
        resolved=True,
        case_id="order-17",
        agent_id="lea",
        note="The parcel arrives tomorrow.",
    ),
    ContactStrained(agent_id="lea", contact_id="call-1"),
    PromiseMade(
        promise_id="promise-1",
        what="call back about the parcel",
        due=_DUE,
        agent_id="lea",
        case_id="order-17",
        to="customer",
    ),
    PromiseRenegotiated(promise_id="promise-1", due=_LATER, agreed=True),
    PromiseKept(promise_id="promise-1"),
    PromiseReleased(promise_id="promise-1"),
    PromiseBroken(promise_id="promise-1"),
    RecognitionGreeted(by_name=True, how="at the desk", agent_id="lea"),
    RecognitionRemembered(what="that she prefers mornings", agent_id="lea"),
    RecognitionOverlooked(how="asked_known_fact", agent_id="karim"),
    RecognitionThanked(occasion="ten years with us", agent_id="lea"),
    RecognitionCelebrated(occasion="her birthday", agent_id="lea"),
    FactTold(key="delivery", value="Leave parcels with the neighbour on the left."),
    FrictionMet(what="wrong_hours", where="the page of the Lyon store", contact_id="call-1"),
    RequestRefused(
        what="a refund after 40 days", why="The producer takes nothing back after 30.", accepted=True
    ),
    ComplaintRaised(complaint_id="complaint-1", severity=60, case_id="order-17"),
    ComplaintSettled(complaint_id="complaint-1", accepted=True),
    FeedbackGiven(score=80, about="the call of this morning"),
    PraiseGiven(agent_id="lea", note="She listened."),
    SuggestionMade(suggestion_id="suggestion-1"),
    SuggestionAdopted(suggestion_id="suggestion-1"),
    SuggestionDeclined(suggestion_id="suggestion-1"),
    PerceptionStated(health=70),
    JudgementMade(
        health=35,
        agent_id="lea",
        reason="He is polite, and about to leave.",
        until=datetime(2026, 4, 1, tzinfo=UTC),
    ),
    GestureMade(gesture_id="gesture-1", what="a handwritten card", cost=2.5, agent_id="lea"),
    LatitudeUsed(agent_id="lea", what="sent the spare part free of charge"),
    LatitudeAsked(agent_id="karim", what="a return after 40 days"),
    ServiceDisrupted(incident_id="incident-1", what="no deliveries in Lyon"),
    ServiceRestored(incident_id="incident-1", what="deliveries in Lyon"),
    CustomerInformed(about="the delay of order 17", before_asked=True),
    CustomerRecommended(to="a friend"),
    ExchangePurchased(amount=49.9, currency="EUR"),
    ExchangeVisited(),
    ExchangeRenewed(amount=120, currency="EUR"),
    ExchangeCancelled(amount=120, currency="EUR"),
    SolicitationSent(kind="survey"),
    PreferenceSet(
        contact_by="human",
        channel="phone",
        hours="mornings, before ten",
        language="fr",
        timezone="Europe/Paris",
    ),
    ConsentGiven(purpose="newsletter"),
    ConsentWithdrawn(purpose="newsletter"),
    OutreachPrompted(prompt_id="prompt-1", reason="promise_overdue", minutes=10),
    OutreachWithheld(prompt_id="prompt-1", reason="stale", trigger="promise_overdue"),
    OutreachClaimed(prompt_id="prompt-1", agent_id="lea", until=datetime(2026, 3, 2, 10, tzinfo=UTC)),
    OutreachReleased(prompt_id="prompt-1", agent_id="lea"),
    OutreachSnoozed(prompt_id="prompt-1", until=_LATER, agent_id="lea", reason="She is travelling."),
    OutreachDeclined(prompt_id="prompt-1", agent_id="lea", reason="We spoke this morning."),
    OutreachDelegated(prompt_id="prompt-1", agent_id="karim", reason="He knows the case."),
    OutreachMade(prompt_id="prompt-1", agent_id="lea", minutes=6, note="The parcel arrives tomorrow."),
    OutreachExpired(prompt_id="prompt-1", reason="settled"),
    OutreachReacted(prompt_id="prompt-1", reaction="welcome"),
    TeamShiftStarted(until=_LATER, minutes=180, skills=["parcels"], languages=["fr", "en"]),
    TeamShiftEnded(),
    TeamThanked(note="Mrs Martin thanks you for this morning."),
    CustomerLinked(alias="visitor:7f3a"),
    CustomerUnlinked(alias="visitor:7f3a"),
    CustomerErased(),
    EventRetracted(source="/my/shop", id="event-0", reason="published by mistake"),
    RecordContested(about="complaint-1", reason="I never complained."),
)

_BY_TYPE = {type_of(data): data for data in _SAID}


def example(name: str) -> dict[str, Any]:
    """An example of an event type, in structured mode. Raises `KeyError` for types not of the language."""
    body = encode(
        _BY_TYPE[name],
        subject="agent:lea" if name.startswith("egard.team.") else "anna",
        source="/my/shop",
        id="event-1",
        time=_WHEN,
    )
    found: dict[str, Any] = msgspec.json.decode(body)
    return found
