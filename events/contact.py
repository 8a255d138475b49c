"""Contacts: one attempt by the customer to reach us, and what became of it."""

from typing import Literal

from events.base import Channel, ContactBy, Data, Identifier, Seconds, Text


class ContactAttempted(Data, frozen=True, tag="egard.contact.attempted"):
    """The customer tried to reach us: the phone rang, a form arrived, someone stood at the desk."""

    contact_id: Identifier
    channel: Channel
    wants: ContactBy | None = None
    reason: Text | None = None
    case_id: Identifier | None = None


class ContactAnswered(Data, frozen=True, tag="egard.contact.answered"):
    """A person or a machine answered. `waited_s`, where known, beats what the times let us infer."""

    contact_id: Identifier
    by: Literal["human", "machine"]
    channel: Channel | None = None
    agent_id: Identifier | None = None
    waited_s: Seconds | None = None
    reason: Text | None = None
    case_id: Identifier | None = None


class ContactMissed(Data, frozen=True, tag="egard.contact.missed"):
    """Nobody answered: it rang out, the form stayed without reply, the voicemail said closed."""

    contact_id: Identifier
    cause: Literal["rang_out", "no_reply", "abandoned", "out_of_hours", "said_closed", "dead_form", "busy"]
    channel: Channel | None = None
    waited_s: Seconds | None = None
    reason: Text | None = None
    case_id: Identifier | None = None


class ContactReturned(Data, frozen=True, tag="egard.contact.returned"):
    """We called back; `reached` says whether the customer could be spoken to."""

    contact_id: Identifier
    reached: bool
    agent_id: Identifier | None = None


class ContactTransferred(Data, frozen=True, tag="egard.contact.transferred"):
    """The customer was handed from one agent, or desk, to another."""

    contact_id: Identifier
    from_agent: Identifier | None = None
    to_agent: Identifier | None = None
    case_id: Identifier | None = None


class ContactRetold(Data, frozen=True, tag="egard.contact.retold"):
    """The customer had to tell the same reason again. The third of these is the fourth telling."""

    contact_id: Identifier
    reason: Text
    case_id: Identifier | None = None


class ContactClosed(Data, frozen=True, tag="egard.contact.closed"):
    """The brand's view: this contact is over; `resolved` says whether it holds the matter settled."""

    contact_id: Identifier
    resolved: bool
    case_id: Identifier | None = None
    agent_id: Identifier | None = None
    note: Text | None = None


class ContactStrained(Data, frozen=True, tag="egard.contact.strained"):
    """The contact was hard on the agent: a reason to spare them next, never a mark against anyone."""

    agent_id: Identifier
    contact_id: Identifier | None = None
