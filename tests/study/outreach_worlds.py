"""Worlds in which agents act on prompts, and that helps, or does not: what uplift says of them.

Triggers, caps, quiet hours and the lot are those of the project's own pure functions, told event by event
(`projections.backtest`), without Kafka, PostgreSQL and shifts. The world knows nothing of them: it hears that
an agent handled a prompt, or does not hear of it.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from events import Event, OutreachMade, OutreachReacted, make
from projections.backtest import Walk, Would
from projections.duration import DAY
from projections.outreach.aftermath import aftermath
from projections.rhythm import Population
from projections.trigger_rules import Triggers
from services.insight.uplift.estimating import Arm, Effect, Worth, effects
from services.simulator import World
from tests.study.lives import SHIPPED, START

CUSTOMERS, DAYS, SETTLED = 600, 150, 30
"""Of the days, so many pass before anybody is prompted."""

HOLDOUT = 0.5
_STEP = timedelta(hours=6)
"""After at most so long an agent has acted."""

_BAND, _KNOT = SHIPPED.triggers.band_fallen, SHIPPED.triggers.knot_opened
assert _BAND is not None
assert _KNOT is not None
STRATEGY = replace(
    SHIPPED,
    triggers=Triggers(
        band_fallen=replace(_BAND, holdout=HOLDOUT), knot_opened=replace(_KNOT, holdout=HOLDOUT)
    ),
)
"""The shipped strategy with the triggers of a relationship in trouble alone, half of it held out."""

LIFT = 0.15
"""Where outreach helps, so much trust comes back at once, besides what the simulator makes of it."""

TRIGGERS = ("knot_opened", "band_fallen")


class Seen(NamedTuple):
    """What uplift says of a trigger in one world, and what truly changed there."""

    seed: int
    trigger: str
    given: int
    held_out: int
    bond: float
    """By so many points the hidden bond moved more among those given."""
    effects: list[Effect]


class _Row(NamedTuple):
    arm: str
    change: float
    bond: float
    complained: bool
    renewed: bool
    harmed: bool


def seen(seed: int, helps: bool) -> list[Seen]:
    """Plays a world to its end, prompts included; `helps` says whether the world hears of what agents do."""
    world = World(customers=CUSTOMERS, seed=seed, start=START)
    begins = START + timedelta(days=SETTLED)
    told: dict[str, list[Event]] = defaultdict(list)
    for event in world.advance(begins):
        told[event.subject].append(event)
    walks = {
        name: Walk(name, told[name], [], STRATEGY, begins, Population(0, 0.0)) for name in world.customers
    }
    bonds = [dict(world.bonds())]
    now, end = begins, START + timedelta(days=DAYS)
    while now < end:
        now += _STEP
        for event in world.advance(now):
            told[event.subject].append(event)
            if event.subject in walks:
                walks[event.subject].hear(event)
        for name, walking in walks.items():
            before = len(walking.found)
            walking.pass_time(now)
            for would in walking.found[before:]:
                if would.became == "given":
                    _act(world, walking, told[name], would, now, helps=helps)
        if (now - begins) % timedelta(days=1) == timedelta(0):
            bonds.append(dict(world.bonds()))
    return [_seen(seed, trigger, walks, told, bonds, end) for trigger in TRIGGERS]


def _act(world: World, walking: Walk, told: list[Event], would: Would, now: datetime, *, helps: bool) -> None:
    """An agent reaches out. The world hears of it where that helps; else it goes on as if nothing were."""
    made = make(
        OutreachMade(prompt_id=would.prompt_id, agent_id="a-001"),
        subject=would.customer,
        source="/egard/desk",
        id=f"{would.prompt_id}:made",
        time=now,
    )
    told.append(made)
    walking.hear(made)
    if helps:
        world.notice_outreach(would.customer, would.prompt_id, now)
        world.lift(would.customer, LIFT)


def _seen(
    seed: int,
    trigger: str,
    walks: dict[str, Walk],
    told: dict[str, list[Event]],
    bonds: Sequence[dict[str, float]],
    end: datetime,
) -> Seen:
    rows = []
    for name, walking in walks.items():
        drawn = [one for one in walking.found if one.trigger == trigger and _arm(one) is not None]
        first = min(drawn, key=lambda one: one.arose_at, default=None)
        if first is not None:
            row = _row(first, told[name], bonds, end)
            rows += [] if row is None else [row]
    given, held_out = (_sums([row for row in rows if row.arm == arm]) for arm in ("given", "held_out"))
    moved = [[row.bond for row in rows if row.arm == arm] for arm in ("given", "held_out")]
    bond = float(np.mean(moved[0]) - np.mean(moved[1])) if all(moved) else float("nan")
    return Seen(seed, trigger, given.customers, held_out.customers, bond, effects(given, held_out, Worth()))


def _arm(would: Would) -> str | None:
    """How the lot fell: whatever became of what was to be given."""
    if would.why_not == "holdout":
        return "held_out"
    return "given" if would.became in ("given", "expired") else None


def _row(
    would: Would, events: Sequence[Event], bonds: Sequence[dict[str, float]], end: datetime
) -> _Row | None:
    learning = STRATEGY.outreach.learning
    at = would.arose_at.timestamp()
    if at + learning.horizon > end.timestamp():
        return None
    found = aftermath(events, STRATEGY, at, learning.horizon)
    change = found.health_since - found.health_then
    unwelcome = any(
        isinstance(event.data, OutreachReacted)
        and (event.data.prompt_id, event.data.reaction) == (would.prompt_id, "unwelcome")
        for event in events
    )
    day = int((at - START.timestamp()) / DAY) - SETTLED
    later = day + round(learning.horizon / DAY)
    return _Row(
        arm=_arm(would) or "",
        change=change,
        bond=bonds[later][would.customer] - bonds[max(day, 0)][would.customer],
        complained=found.complaints > 0,
        renewed=found.renewals > 0,
        harmed=change < -learning.harm or unwelcome,
    )


def _sums(rows: Sequence[_Row]) -> Arm:
    changes = [row.change for row in rows]
    return Arm(
        customers=len(rows),
        mean=float(np.mean(changes)) if rows else 0.0,
        variance=float(np.var(changes, ddof=1)) if len(rows) > 1 else 0.0,
        complaints=sum(row.complained for row in rows),
        renewals=sum(row.renewed for row in rows),
        harm=sum(row.harmed for row in rows),
    )
