"""What the routes of uplift answer."""

from datetime import datetime

import msgspec

from services.insight.uplift.estimating import Outcome


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One outcome, given against held out. Shares are of customers, from 0 to 1; health is in points."""

    outcome: Outcome
    given: float | None
    held_out: float | None
    difference: float | None
    """Given minus held out."""
    low: float | None
    """The 95% interval of the difference; none where there are too few customers."""
    high: float | None
    shown: bool
    """Whether the interval excludes that there is no effect."""
    worth: float
    """An effect of this size …"""
    more: int | None
    """… would be seen, with 80% power, with so many more customers."""
    says: str
    """What the figures allow to say, in the language of the house."""


class Helped(msgspec.Struct, frozen=True, kw_only=True):
    """What the prompts of a trigger changed, by one version of the strategy."""

    trigger: str
    strategy: str
    horizon_days: float | None
    """After so many days it was seen what became of each; none where nobody is measured yet."""
    given: int
    """Customers who were prompted for and are measured, whatever was done with the prompt."""
    held_out: int
    """Customers who were held out by lot and are measured."""
    given_waiting: int
    """More of them whose horizon is not over."""
    held_out_waiting: int
    outcomes: list[Compared]


class Uplift(msgspec.Struct, frozen=True, kw_only=True):
    """What prompts changed, by trigger and strategy."""

    taken_at: datetime
    harm_points: float
    """Who lost more points of health came to harm, and so did whoever did not welcome it."""
    triggers: list[Helped]
    limits: list[str]
    """What the figures do not say, in the language of the house."""


class HeldOut(msgspec.Struct, frozen=True, kw_only=True):
    """A prompt that was held out by lot."""

    customer: str
    prompt_id: str
    trigger: str
    strategy: str
    cause_at: datetime
    measured_at: datetime | None
    """When it was seen what became of the customer."""


class HeldOutPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of prompts that were held out, the latest first."""

    held_out: list[HeldOut]
    next_page_token: str | None
