"""What the strategy says of triggers: what each looks for, and how its prompts are treated."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Literal

import msgspec

from projections.bands import Band
from projections.duration import Duration
from projections.knot_rules import KnotKind
from projections.table import Remark, Table

Handler = Literal["human", "machine", "either"]
"""Who may see to a prompt."""

_Score = Annotated[float, msgspec.Meta(ge=0, le=100)]
_Positive = Annotated[float, msgspec.Meta(gt=0)]
_NotNegative = Annotated[float, msgspec.Meta(ge=0)]
_Share = Annotated[float, msgspec.Meta(ge=0, le=0.5)]
_Ordinal = Annotated[int, msgspec.Meta(ge=2, le=100)]
_Key = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern="^[a-z][a-z0-9_]*$")]


def _in_order(name: str, numbers: Sequence[int]) -> Iterator[Remark]:
    rising = sorted(set(numbers))
    if list(numbers) != rising:
        yield Remark((name,), f"These should rise, each once; write {rising}.")


class TriggerRule(Table, frozen=True, kw_only=True):
    """What all triggers have."""

    freshness: Duration
    """What is older prompts nobody, and is shown as withheld (stale)."""
    priority: _Score
    """How urgent its prompts are beside others."""
    minutes: _Positive
    """The care that a prompt asks for, in minutes."""
    reason: _Key | None = None
    """A customer has at most one prompt of a reason open. Where none is said, it is the trigger's name."""
    cooldown: Duration | None = None
    """After a prompt it prompts nobody for the same customer for so long."""
    owed: bool = False
    """Whether the customer is owed it: then caps, budget and holdout do not apply."""
    hard: bool = False
    """Whether it is likely to be hard on the agent: who has just had a strained contact is spared it."""
    by: Handler = "human"
    """Who may see to it, unless the customer chose."""
    skill: _Key | None = None
    """What the agent should know, where no one whom the customer knows is there."""
    gesture: _NotNegative = 0.0
    """What the agent may spend on a gesture alone, in the currency of the house."""
    holdout: _Share = 0.0
    """Of how many prompts, by lot, nothing is made, so that it can be seen whether they help."""

    def remarks(self) -> Iterator[Remark]:
        """Nobody is left without what they are owed for the sake of a measurement."""
        if self.owed and self.holdout:
            yield Remark(
                ("holdout",),
                "What is owed is never held out; take `holdout` out, or write `owed = false`.",
            )


class PromiseDueTrigger(TriggerRule, frozen=True):
    """Prompts when a promise to a customer is still open shortly before its due."""

    before: Duration
    """How long before the due."""


class PromiseOverdueTrigger(TriggerRule, frozen=True):
    """Prompts when a promise to a customer is past its due and still open."""


class TellingTrigger(TriggerRule, frozen=True):
    """Prompts at certain tellings of one reason; the n-th telling is the (n − 1)-th `contact.retold`."""

    tellings: Annotated[list[_Ordinal], msgspec.Meta(min_length=1)]
    """At which tellings."""

    def remarks(self) -> Iterator[Remark]:
        """What all triggers are asked; and each number stands there once, in order."""
        yield from TriggerRule.remarks(self)
        yield from _in_order("tellings", self.tellings)


class ComplaintRaisedTrigger(TriggerRule, frozen=True):
    """Prompts when a complaint was raised and is not settled."""


class ComplaintRefusedTrigger(TriggerRule, frozen=True):
    """Prompts when a complaint was settled for us, and the customer does not accept it."""


class KnotOpenedTrigger(TriggerRule, frozen=True):
    """Prompts when a knot opened."""

    kinds: Annotated[list[KnotKind], msgspec.Meta(min_length=1)]
    """Which knots."""


class BandFallenTrigger(TriggerRule, frozen=True):
    """Prompts when fresh events brought a relationship down to one of `bands`."""

    bands: Annotated[list[Band], msgspec.Meta(min_length=1)]
    """To which bands it fell."""
    margin: _Score = 0.0
    """Points of health by which it must have fallen: one that hovers about a border falls once."""


class SilenceTrigger(TriggerRule, frozen=True):
    """Prompts when a customer in a good relationship is silent for longer than their own rhythm allows."""

    bands: Annotated[list[Band], msgspec.Meta(min_length=1)]
    """The bands of a good relationship."""
    at_least: Duration
    """A shorter silence is never unusual."""
    chance: Annotated[float, msgspec.Meta(gt=0, lt=1)]
    """Below this probability, in the customer's own rhythm, a silence is unusual."""


class PraiseTrigger(TriggerRule, frozen=True):
    """Prompts to thank a customer for their praise."""


class SuggestionAnsweredTrigger(TriggerRule, frozen=True):
    """Prompts to tell a customer what became of their suggestion: it was adopted, or declined."""


class MilestoneTrigger(TriggerRule, frozen=True):
    """Prompts on an anniversary of the first that is known of a customer."""

    years: Annotated[list[Annotated[int, msgspec.Meta(ge=1, le=100)]], msgspec.Meta(min_length=1)]
    """Which anniversaries."""

    def remarks(self) -> Iterator[Remark]:
        """What all triggers are asked; and each number stands there once, in order."""
        yield from TriggerRule.remarks(self)
        yield from _in_order("years", self.years)


class FirstContactTrigger(TriggerRule, frozen=True):
    """Prompts when somebody contacts us for the first time."""


class DisruptedTrigger(TriggerRule, frozen=True):
    """Prompts when a disruption touched a customer, and nobody has informed them of it in time."""

    within: Duration
    """So long after its beginning they should know from us."""


class UnansweredTrigger(TriggerRule, frozen=True):
    """Prompts when somebody could not reach us, and nobody called them back in time."""

    within: Duration
    """So many open hours of the channel after the miss they should have heard from us."""
    patience: Duration
    """So many after an attempt that nobody has answered, and of which nobody recorded a miss: a letter, a
    form."""


class SurpriseTrigger(TriggerRule, frozen=True):
    """Prompts, rarely and by lot, to do something for a customer that nobody expects.

    Never while a promise to them is broken or overdue, or a complaint or a knot is open: a gesture does not
    replace the basics.
    """

    bands: Annotated[list[Band], msgspec.Meta(min_length=1)]
    """In which relationships."""
    chance: Annotated[float, msgspec.Meta(gt=0, le=0.1)]
    """Of how many visits, contacts answered or purchases, by lot."""
    most: Annotated[int, msgspec.Meta(ge=1)]
    """So many in thirty days, over all customers."""


class Triggers(Table, frozen=True):
    """When a person is prompted. A trigger that is absent never fires."""

    promise_due: PromiseDueTrigger | None = None
    """A promise to a customer is due soon."""
    promise_overdue: PromiseOverdueTrigger | None = None
    """A promise to a customer is past its due."""
    retold: TellingTrigger | None = None
    """One reason is told again."""
    complaint_raised: ComplaintRaisedTrigger | None = None
    """A complaint was raised."""
    complaint_refused: ComplaintRefusedTrigger | None = None
    """A complaint was settled for us, and not for the customer."""
    knot_opened: KnotOpenedTrigger | None = None
    """A knot opened."""
    band_fallen: BandFallenTrigger | None = None
    """A relationship fell."""
    unanswered: UnansweredTrigger | None = None
    """Somebody could not reach us, and nobody called back."""
    disrupted: DisruptedTrigger | None = None
    """A disruption touched a customer, and nobody told them."""
    silence: SilenceTrigger | None = None
    """A customer is silent for longer than is usual for them."""
    praised: PraiseTrigger | None = None
    """A customer praised us."""
    suggestion_answered: SuggestionAnsweredTrigger | None = None
    """A suggestion was adopted, or declined."""
    milestone: MilestoneTrigger | None = None
    """It is an anniversary of the first that we know."""
    first_contact: FirstContactTrigger | None = None
    """Somebody contacts us for the first time."""
    surprise: SurpriseTrigger | None = None
    """By lot, something that nobody expects."""

    def there(self) -> Iterable[tuple[str, TriggerRule]]:
        """Each trigger that is there, by its name."""
        for name in self.__struct_fields__:
            rule = getattr(self, name)
            if rule is not None:
                yield name, rule
