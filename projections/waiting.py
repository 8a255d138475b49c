"""Who waits for an answer: open contacts, and how long they have waited by the business clock."""

from collections.abc import Iterable

import msgspec

from events import Channel
from projections.matters import Contact
from projections.outcomes import channel_of, wait_of
from projections.strategy import Strategy


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A contact that nobody has answered, at an instant."""

    subject: str
    contact_id: str
    channel: Channel
    reason: str | None
    case_id: str | None
    since: float
    """When the wait began, in seconds since the Unix epoch."""
    waited: float
    """Seconds in which the channel was open; they are counted until the customer has surely given up."""
    expected: float
    """Seconds within which this channel is expected to answer."""
    missed: str | None
    """How it was missed, where somebody says so."""
    given_up: bool
    """Whether it is so long ago that the customer has surely given up."""


def waiting(contacts: Iterable[tuple[str, str, Contact]], strategy: Strategy, at: float) -> list[Waiting]:
    """Those of some contacts, by subject and id, that wait at an instant: who has waited longest first."""
    found = [one for contact in contacts if (one := _waiting(*contact, strategy, at)) is not None]
    return sorted(found, key=lambda one: (one.since, one.subject, one.contact_id))


def _waiting(
    subject: str, contact_id: str, contact: Contact, strategy: Strategy, at: float
) -> Waiting | None:
    wait = wait_of(contact, strategy, at) if contact.open else None
    if wait is None:
        return None
    channel = channel_of(contact)
    since, waited = wait
    attempt, miss = contact.attempted, contact.missed
    return Waiting(
        subject=subject,
        contact_id=contact_id,
        channel=channel,
        reason=None if attempt is None else attempt.reason,
        case_id=None if attempt is None else attempt.case_id,
        since=since,
        waited=waited,
        expected=strategy.contact.expected[channel],
        missed=None if miss is None else miss.cause,
        given_up=at - since > strategy.contact.give_up,
    )
