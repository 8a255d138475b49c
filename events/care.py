"""Gestures, latitude, disruptions and what was said about them."""

from events.base import Amount, Data, Identifier, Text


class GestureMade(Data, frozen=True, tag="egard.gesture.made"):
    """Someone did more than was owed, unannounced."""

    gesture_id: Identifier
    what: Text
    cost: Amount | None = None
    agent_id: Identifier | None = None


class LatitudeUsed(Data, frozen=True, tag="egard.latitude.used"):
    """An agent decided alone."""

    agent_id: Identifier
    what: Text | None = None


class LatitudeAsked(Data, frozen=True, tag="egard.latitude.asked"):
    """An agent had to ask for permission."""

    agent_id: Identifier
    what: Text | None = None


class ServiceDisrupted(Data, frozen=True, tag="egard.service.disrupted"):
    """A disruption touched this customer."""

    incident_id: Identifier
    what: Text | None = None


class ServiceRestored(Data, frozen=True, tag="egard.service.restored"):
    """The disruption is over for this customer."""

    incident_id: Identifier
    what: Text | None = None


class CustomerInformed(Data, frozen=True, tag="egard.customer.informed"):
    """We told the customer something that concerns them; `before_asked` says whether we spoke first."""

    about: Text
    before_asked: bool | None = None


class CustomerRecommended(Data, frozen=True, tag="egard.customer.recommended"):
    """The customer recommended us to someone."""

    to: Text | None = None
