"""What the strategy says of outreach: when it may reach a customer, how often, by whom, and at what cost."""

from collections.abc import Iterator
from datetime import time
from typing import Annotated, Any

import msgspec

from projections.duration import DAY, Duration
from projections.table import Remark, Table

_Whole = Annotated[int, msgspec.Meta(ge=1, le=1000)]
_Minutes = Annotated[float, msgspec.Meta(gt=0)]


def _lasting(seconds: float) -> Any:
    """A default length of time: made anew each time, since the JSON Schema cannot name it."""
    return msgspec.field(default_factory=lambda: Duration(seconds))


class Quiet(Table, frozen=True, kw_only=True):
    """When nobody reaches out to a customer, on the customer's own clock. It may go over midnight."""

    begins: time = time(20)
    """When they begin."""
    ends: time = time(8)
    """When they end."""

    def remarks(self) -> Iterator[Remark]:
        """A day has both quiet hours and others."""
        if self.begins == self.ends:
            yield Remark(("ends",), "Quiet hours that end when they begin leave no hour; write another time.")


class Cap(Table, frozen=True, kw_only=True):
    """How often a customer hears from us at most, what we were not asked for: outreach and solicitations."""

    most: _Whole
    """So often at most."""
    within: Duration
    """In so long."""


class Budget(Table, frozen=True, kw_only=True):
    """Human minutes, and what every customer gets of them whatever else there is to do."""

    minutes: _Minutes = 2400.0
    """Of people, in a week (Monday to Sunday on the house's clock)."""
    floor_minutes: _Minutes = 15.0
    """A customer who had less than so many may have a prompt also when the budget is spent."""
    floor_within: Duration = _lasting(90 * DAY)
    """In so long."""


class Team(Table, frozen=True, kw_only=True):
    """Those who reach out."""

    lease: Duration = _lasting(30 * 60)
    """How long a prompt stays with whoever claimed it."""
    shift: Duration = _lasting(12 * 3600)
    """After so long without an end, a shift is taken to have ended."""
    minutes: _Minutes = 240.0
    """The care that somebody can give in one shift, unless their shift says otherwise."""
    known_for: Duration = _lasting(365 * DAY)
    """A good contact makes a colleague known to a customer for so long."""
    offered_for: Duration = _lasting(3600)
    """How long a prompt waits for the one it was assigned to, before anybody may be offered it."""
    spared_for: Duration = _lasting(2 * 3600)
    """After a strained contact nothing hard is assigned for so long."""


class Learning(Table, frozen=True, kw_only=True):
    """How reactions are taken, and what they change."""

    silence: Duration = _lasting(7 * DAY)
    """An outreach that the customer has shown no sign of for so long was met by silence."""
    unwelcome_cools: Duration = _lasting(90 * DAY)
    """After an unwelcome outreach the same reason prompts nobody for that customer for so long."""
    horizon: Duration = _lasting(30 * DAY)
    """How long after a prompt, or one held out, it is seen what became of the customer."""
    harm: Annotated[float, msgspec.Meta(gt=0, le=100)] = 10.0
    """Points of health by which a relationship must have gone down to have come to harm."""


class OutreachRules(Table, frozen=True, kw_only=True):
    """How prompts are given. What is left out is as in the shipped strategy."""

    quiet: Quiet = msgspec.field(default_factory=Quiet)
    """When nobody reaches out."""
    caps: list[Cap] = msgspec.field(
        default_factory=lambda: [
            Cap(most=2, within=Duration(7 * DAY)),
            Cap(most=4, within=Duration(30 * DAY)),
        ]
    )
    """How often a customer hears from us at most."""
    budget: Budget = msgspec.field(default_factory=Budget)
    """Minutes of people."""
    team: Team = msgspec.field(default_factory=Team)
    """Those who reach out."""
    learning: Learning = msgspec.field(default_factory=Learning)
    """How reactions are taken."""
    salt: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] = "egard"
    """What the lot of holdouts and surprises is drawn with: another salt draws others."""

    def remarks(self) -> Iterator[Remark]:
        """Each cap may be reached: none allows more in a time than another does in a longer one."""
        for place, cap in enumerate(self.caps):
            for other in self.caps:
                if cap is not other and cap.most >= other.most and cap.within <= other.within:
                    yield Remark(
                        ("caps", place),
                        f"It is never reached: no more than {other.most} are allowed in as long or longer; "
                        f"write a `most` below {other.most}, or take this cap out.",
                    )
                    break
