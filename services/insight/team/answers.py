"""What the routes of the team answer. It is of the team as a whole: no agent stands in it, none is ranked."""

from datetime import datetime
from typing import Literal

import msgspec

LossSource = Literal["measured", "reason", "outreach"]


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """How much of something there is."""

    prompts: int
    minutes: float


class Skill(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for a skill, and who is there with it."""

    skill: str | None
    """None for prompts that ask for none: everybody who is there counts for them."""
    waiting: Waiting
    people: int
    minutes_left: float


class Week(msgspec.Struct, frozen=True, kw_only=True):
    """The minutes of people of a week, on the clock of the house."""

    begins: datetime
    ends: datetime
    minutes: float
    used: float
    """Spent on what was done, and planned for what may still be."""


class TeamLoad(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of the team, and what it can give."""

    taken_at: datetime
    tells_of_shifts: bool
    """False where nobody publishes shifts: then it is not known who is there."""
    people: int
    """On shift."""
    minutes: float
    """That these can give in their shifts."""
    minutes_taken: float
    """Of these: offered, claimed, or spent."""
    minutes_left: float
    unoffered: Waiting
    """Open, and offered to nobody in particular."""
    offered: Waiting
    claimed: Waiting
    snoozed: Waiting
    held: Waiting
    """Until their moment: a customer's morning, or next week's minutes."""
    machine: Waiting
    """In a machine's hands; they take no minutes of people."""
    waiting_since: datetime | None
    """Since when the one waits that waits longest."""
    skills: list[Skill]
    week: Week


class Undone(msgspec.Struct, frozen=True, kw_only=True):
    """A prompt for which there were no minutes."""

    customer: str
    prompt_id: str
    trigger: str
    cause_at: datetime
    minutes: float
    held_until: datetime | None
    """When it is tried again, where it keeps; None where it will not be."""
    expected_loss: float
    """Points of health: an expectation, as its source says."""
    loss_source: LossSource
    """`measured`: what such prompts were found to change. `reason`: what the reason takes from health, times
    the confidence of the reading, as if all of it would have been made good. `outreach`: the reason takes
    nothing; what the strategy gives for reaching out."""


class UndonePage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of what was left undone for lack of minutes, what is expected to cost most first."""

    taken_at: datetime
    days: int
    """Of the causes of so many days."""
    prompts: int
    """All of them, on whatever page."""
    minutes: float
    expected_loss: float
    undone: list[Undone]
    next_page_token: str | None
