"""What became of prompts, as the API answers it."""

from datetime import datetime

import msgspec


class DeclineReason(msgspec.Struct, frozen=True, kw_only=True):
    """Why prompts were declined, in the words of who declined them."""

    reason: str
    times: int
    latest: datetime


class TriggerOutcomes(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the prompts of a trigger, under one version of the strategy."""

    trigger: str
    strategy: str
    given: int
    """How many prompts people were given."""
    claimed: int
    """How many of them somebody took on, whatever came of it."""
    snoozed: int
    """How many somebody put off at least once."""
    declined: int
    done: int
    expired: int
    """How many nobody acted on, or lost their reason."""
    under_way: int
    reasons: list[DeclineReason]
    """Why they were declined, where somebody said; the latest first."""


class Declines(msgspec.Struct, frozen=True, kw_only=True):
    """What became of prompts, by trigger. Agents are not told apart."""

    since: datetime
    triggers: list[TriggerOutcomes]
