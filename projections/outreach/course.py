"""What becomes of a decision: whether somebody is prompted, at once or later, or nobody, and why."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Literal

import msgspec

from events import Event, OutreachReacted
from projections.kinds import of_kind
from projections.outreach.caps import capped, heard
from projections.outreach.consent import allowed
from projections.outreach.holdout import held_out
from projections.outreach.moment import held_until
from projections.outreach.prompts import Prompt, Withholding
from projections.strategy import Strategy
from projections.trigger_rules import TriggerRule
from projections.triggers import Due, Stale, reason_of

Arm = Literal["given", "held_out"]
"""What the lot of a holdout may say of a prompt."""


class Joins(msgspec.Struct, frozen=True):
    """Another prompt of the same reason is under way: it is told of this, too."""

    prompt: Prompt
    deliver_at: datetime
    """When this would be given by itself."""


class Withheld(msgspec.Struct, frozen=True):
    """Nobody is prompted."""

    reason: Withholding

    @property
    def arm(self) -> Arm | None:
        """How the lot of the holdout fell, where one was drawn."""
        return "held_out" if self.reason == "holdout" else None


class Given(msgspec.Struct, frozen=True):
    """Somebody is prompted, now or later."""

    deliver_at: datetime | None
    """When; None for at once."""
    arm: Arm | None = None
    """How the lot of the holdout fell, where one was drawn."""


Course = Joins | Withheld | Given | None
"""None: there was a prompt for it before."""


def course(
    customer: str,
    trigger: str,
    decision: Due | Stale,
    rule: TriggerRule,
    events: Sequence[Event],
    prompts: Sequence[Prompt],
    strategy: Strategy,
    now: datetime,
) -> Course:
    """What becomes of a decision on a cause of a trigger, given all events and prompts of the person, whose
    canonical id `customer` is."""
    of_same = (decision.episode, *decision.same) if decision.same else ()
    if any(prompt.tells_of(decision.prompt_id, trigger, of_same) for prompt in prompts):
        return None
    if isinstance(decision, Stale):
        return Withheld("stale")
    at = now.timestamp()
    held = held_until(at, events, strategy)
    until = None if held is None else datetime.fromtimestamp(held, UTC)
    reason = reason_of(trigger, rule)
    under_way = [prompt for prompt in prompts if prompt.under_way and prompt.reason == reason]
    if under_way:
        return Joins(min(under_way, key=lambda one: (one.prompted_at, one.prompt_id)), until or now)
    withheld = withholding(trigger, rule, decision.at, events, prompts, strategy, at)
    if withheld is not None:
        return Withheld(withheld)
    if rule.owed or not rule.holdout:
        return Given(until)
    # The lot comes last: those held out and those given differ by nothing else.
    if held_out(customer, trigger, decision.episode, rule.holdout, strategy.outreach.salt):
        return Withheld("holdout")
    return Given(until, "given")


def withholding(
    trigger: str,
    rule: TriggerRule,
    arose: datetime,
    events: Sequence[Event],
    prompts: Sequence[Prompt],
    strategy: Strategy,
    at: float,
) -> Withholding | None:
    """Why nobody is prompted for a reason that is fresh and new; None where somebody is."""
    if _cooling(trigger, rule, arose, prompts):
        return "cooling"
    if not rule.owed and _unwelcome(reason_of(trigger, rule), events, prompts, strategy, at):
        return "cooling"
    if not allowed(events, at, owed=rule.owed):
        return "consent"
    if not rule.owed and capped(heard(events, prompts), at, strategy.outreach.caps) is not None:
        return "cap"
    return None


def _cooling(trigger: str, rule: TriggerRule, arose: datetime, prompts: Iterable[Prompt]) -> bool:
    """Whether the trigger prompted somebody for the customer so lately that it rests. What the lot kept from
    the customer makes it rest as what was given does: else only those who were given it would be spared."""
    if rule.cooldown is None:
        return False
    since = arose.timestamp() - rule.cooldown
    return any(
        prompt.trigger == trigger
        and prompt.cause_at.timestamp() > since
        and (prompt.delivered_at is not None or prompt.under_way or prompt.withheld == "holdout")
        for prompt in prompts
    )


def _unwelcome(
    reason: str, events: Iterable[Event], prompts: Iterable[Prompt], strategy: Strategy, at: float
) -> bool:
    """Whether an outreach for the same reason was unwelcome, lately."""
    since = at - strategy.outreach.learning.unwelcome_cools
    of_reason = {prompt.prompt_id for prompt in prompts if prompt.reason == reason}
    return any(
        data.reaction == "unwelcome" and data.prompt_id in of_reason and event.at > since
        for event, data in of_kind(events, OutreachReacted)
    )
