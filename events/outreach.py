"""Outreach: a prompt to a person, what they did with it, and how the customer took it."""

from typing import Literal

from events.base import Data, Identifier, Instant, Minutes, Text


class OutreachPrompted(Data, frozen=True, tag="egard.outreach.prompted"):
    """An agent was prompted, or a machine (`by`); `reason` is the name of the trigger."""

    prompt_id: Identifier
    by: Literal["human", "machine"] | None = None
    reason: Identifier | None = None
    agent_id: Identifier | None = None
    minutes: Minutes | None = None


class OutreachWithheld(Data, frozen=True, tag="egard.outreach.withheld"):
    """A prompt would have been due and was not given; `reason` says why (stale, cap, consent, …)."""

    prompt_id: Identifier
    reason: Identifier | None = None
    trigger: Identifier | None = None


class OutreachClaimed(Data, frozen=True, tag="egard.outreach.claimed"):
    """An agent took the prompt on, `until` a lease ends."""

    prompt_id: Identifier
    agent_id: Identifier | None = None
    until: Instant | None = None


class OutreachReleased(Data, frozen=True, tag="egard.outreach.released"):
    """The prompt is open again: given back, or `reason` says why (lease, off_shift, machine)."""

    prompt_id: Identifier
    agent_id: Identifier | None = None
    reason: Text | None = None


class OutreachSnoozed(Data, frozen=True, tag="egard.outreach.snoozed"):
    """A later moment is better, an agent judged: `until` then, or until an event of the type `awaiting`."""

    prompt_id: Identifier
    until: Instant | None = None
    awaiting: Identifier | None = None
    agent_id: Identifier | None = None
    reason: Text | None = None


class OutreachDeclined(Data, frozen=True, tag="egard.outreach.declined"):
    """An agent judged that this outreach is not called for. It costs nothing, and teaches the trigger."""

    prompt_id: Identifier
    agent_id: Identifier | None = None
    reason: Text | None = None


class OutreachDelegated(Data, frozen=True, tag="egard.outreach.delegated"):
    """An agent handed the prompt to the colleague named in `agent_id`."""

    prompt_id: Identifier
    agent_id: Identifier | None = None
    reason: Text | None = None


class OutreachMade(Data, frozen=True, tag="egard.outreach.made"):
    """An agent reached out; `minutes` of their time went into it."""

    prompt_id: Identifier
    agent_id: Identifier | None = None
    minutes: Minutes | None = None
    note: Text | None = None


class OutreachExpired(Data, frozen=True, tag="egard.outreach.expired"):
    """The moment passed: nobody acted, or the reason is gone."""

    prompt_id: Identifier
    reason: Text | None = None


class OutreachReacted(Data, frozen=True, tag="egard.outreach.reacted"):
    """How the customer took the outreach; silence is a reaction too."""

    prompt_id: Identifier
    reaction: Literal["welcome", "neutral", "unwelcome", "none"]
