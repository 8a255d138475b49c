"""What the strategy says of knots: how often, within how long, for how long, and what each weighs.

It stands apart from the patterns, which need the whole strategy.
"""

from typing import Annotated, Literal

import msgspec

from projections.duration import Duration
from projections.table import Table

KnotKind = Literal[
    "retelling", "ping_pong", "deaf_ear", "broken_word", "misunderstanding", "pursuit", "rulebook"
]
"""The named patterns."""

_Twice = Annotated[int, msgspec.Meta(ge=2, le=100)]
_Weight = Annotated[float, msgspec.Meta(gt=0, le=100)]


class KnotRule(Table, frozen=True, kw_only=True):
    """What all kinds have."""

    within: Duration
    """How far apart the first and the last thing that open it may lie."""
    open_for: Duration
    """How long after the last of its evidence it closes by itself, if nothing closes it before."""
    dimension: Literal["recognition", "responsiveness"]
    """Where its weight counts; what it cites counts where it did."""
    weight: _Weight
    """Its negative evidence, at least: that of what it cites takes its place where it is more."""


class RetellingRule(KnotRule, frozen=True):
    """One reason told again and again; the n-th telling is the (n − 1)-th `contact.retold`."""

    tellings: _Twice
    """The telling that ties it."""


class PingPongRule(KnotRule, frozen=True):
    """Handed from one to the next in one case."""

    transfers: _Twice
    """So many times handed on tie it."""


class DeafEarRule(KnotRule, frozen=True):
    """Attempts in a row that nobody answered."""

    attempts: _Twice
    """So many attempts in a row tie it."""
    patience: Duration
    """After so long on the wall clock an attempt is unanswered, though nobody has recorded a miss."""


class BrokenWordRule(KnotRule, frozen=True):
    """Promise upon promise broken."""

    promises: _Twice
    """So many promises broken tie it."""
    late: Duration
    """How long after its due a promise that is still owed is a broken one."""
    kept: Annotated[int, msgspec.Meta(ge=1, le=100)]
    """So many promises kept in time since the last broken one close it."""


class MisunderstandingRule(KnotRule, frozen=True):
    """We held it for resolved, the customer did not; or what they state is far from what we read."""

    apart: Annotated[float, msgspec.Meta(gt=0, le=100)]
    """Points between what the customer states and what we read."""


class PursuitRule(KnotRule, frozen=True):
    """We reach out into silence, and reach out again."""

    outreaches: _Twice
    """So many outreaches, the first of them met by silence, tie it."""
    silence: Duration
    """After so long without a sign of the customer an outreach was met by silence."""


class RulebookRule(KnotRule, frozen=True):
    """«It is the procedure», and again."""

    times: _Twice
    """So many times tie it."""


class KnotRules(Table, frozen=True, kw_only=True):
    """The patterns that are looked for. One that is absent never opens."""

    retelling: RetellingRule | None = None
    """One reason told again and again."""
    ping_pong: PingPongRule | None = None
    """Handed on and on in one case."""
    deaf_ear: DeafEarRule | None = None
    """Attempts in a row that nobody answered."""
    broken_word: BrokenWordRule | None = None
    """Promise upon promise broken."""
    misunderstanding: MisunderstandingRule | None = None
    """Closed as resolved, and they came back; or stated far from what we read."""
    pursuit: PursuitRule | None = None
    """We reach out into silence, and again."""
    rulebook: RulebookRule | None = None
    """"It is the procedure", and again."""
