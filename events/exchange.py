"""Context that is never scored, and what the customer wants of us: preferences and consent."""

from typing import Annotated, Literal

import msgspec

from events.base import Amount, Channel, ContactBy, Data, Identifier, Text

Currency = Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$", max_length=3)]
"""An ISO 4217 code, for example EUR."""


class ExchangePurchased(Data, frozen=True, tag="egard.exchange.purchased"):
    """A purchase: context, never scored."""

    amount: Amount | None = None
    currency: Currency | None = None


class ExchangeVisited(Data, frozen=True, tag="egard.exchange.visited"):
    """A visit: context, never scored."""

    amount: Amount | None = None
    currency: Currency | None = None


class ExchangeRenewed(Data, frozen=True, tag="egard.exchange.renewed"):
    """A renewal: context, never scored."""

    amount: Amount | None = None
    currency: Currency | None = None


class ExchangeCancelled(Data, frozen=True, tag="egard.exchange.cancelled"):
    """A cancellation: context, never scored."""

    amount: Amount | None = None
    currency: Currency | None = None


class SolicitationSent(Data, frozen=True, tag="egard.solicitation.sent"):
    """We wanted something of the customer's attention; it counts towards the contact caps."""

    kind: Literal["survey", "newsletter", "offer"]


class PreferenceSet(Data, frozen=True, tag="egard.preference.set"):
    """How the customer wants to be reached; a field that is absent changes nothing."""

    contact_by: ContactBy | None = None
    channel: Channel | None = None
    hours: Text | None = None
    language: Identifier | None = None
    timezone: Identifier | None = None


class ConsentGiven(Data, frozen=True, tag="egard.consent.given"):
    """The customer agreed to a purpose."""

    purpose: Identifier


class ConsentWithdrawn(Data, frozen=True, tag="egard.consent.withdrawn"):
    """The customer no longer agrees to a purpose."""

    purpose: Identifier
