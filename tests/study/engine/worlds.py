"""Worlds whose events pass through the engine, with agents who act at the desk: what insight says of uplift.

The world knows nothing of the engine: it hears that an agent handled a prompt, or does not hear of it.
"""

import asyncio
import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import msgspec
import numpy as np
from msgspec.structs import replace

from events import Event, OutreachMade
from projections.trigger_rules import Triggers
from services.embedded import EmbeddedDatabase
from services.insight.uplift.answers import Helped, Uplift
from services.runtime import migrations
from services.simulator import World
from tests.study.engine.house import House, house
from tests.study.lives import SHIPPED, START

HOLDOUT = 0.5

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

TRIGGERS = ("knot_opened", "band_fallen")

LIFT = 0.15
"""Where outreach helps, so much trust comes back at once, besides what the simulator makes of it."""

STEP = timedelta(hours=3)
"""Customers, services and agents take turns, and each turn is so long."""

_DAY = timedelta(days=1)

Bonds = Mapping[datetime, Mapping[str, float]]
"""Everybody's hidden bond, by day."""


class Scale(NamedTuple):
    """How large a world is."""

    customers: int
    days: int
    settled: int
    """Of the days, so many pass before anybody is prompted: they are told as a history is imported."""


class Found(NamedTuple):
    """What came of one world."""

    seed: int
    helps: bool
    events: int
    """In the journal, with those of the engine's own."""
    made: int
    """How often an agent reached out."""
    triggers: list[Helped]
    """The report, as insight gives it."""
    bond: Mapping[str, float]
    """By trigger, by so many points the hidden bond moved more among those given than among the held out."""


def found(seed: int, helps: bool, scale: Scale) -> Found:
    """Plays a world through an engine of its own; `helps` says whether the world hears of what agents do."""
    return asyncio.run(_found(seed, helps, scale))


async def _found(seed: int, helps: bool, scale: Scale) -> Found:
    with TemporaryDirectory() as folder:
        async with EmbeddedDatabase(Path(folder), durable=False) as server:
            await migrations.migrate(server.url)
            async with house(server.url, STRATEGY, START) as one:
                return await play(one, seed, helps, scale)


async def play(one: House, seed: int, helps: bool, scale: Scale) -> Found:
    """Plays a world to its end in a house, and asks insight what came of it."""
    world = World(customers=scale.customers, seed=seed, start=START)
    begins, end = START + scale.settled * _DAY, START + scale.days * _DAY
    await one.at(begins)
    events = await one.import_past(world.advance(begins))
    bonds: dict[datetime, Mapping[str, float]] = {begins: dict(world.bonds())}
    made = 0
    while one.now < end:
        until = one.now + STEP
        events += await one.live_through(world.advance(until), until)
        await one.pass_time()
        await act(one)
        said = await one.publish()
        events += len(said)
        made += _hear(world, said, one.now, helps=helps)
        if (one.now - begins) % _DAY == timedelta(0):
            bonds[one.now] = dict(world.bonds())
    return Found(seed, helps, events, made, (await report(one)).triggers, await _moved(one, bonds))


async def act(one: House) -> None:
    """Each agent claims what is offered to them, reaches out, and says so at the desk."""
    for prompt in (await _asked(one, "GET", "/v1/prompts?state=open&limit=1000"))["prompts"]:
        if prompt["offered_to"] is not None:
            path, agent = f"/v1/prompts/{prompt['id']}", {"agent_id": prompt["offered_to"]}
            await _asked(one, "POST", f"{path}/claim", agent)
            await _asked(one, "POST", f"{path}/done", {**agent, "minutes": prompt["minutes"]})


def _hear(world: World, said: Sequence[Event], now: datetime, *, helps: bool) -> int:
    """Customers notice what agents did, where that helps; else the world goes on as if nothing were."""
    made = [event for event in said if isinstance(event.data, OutreachMade)]
    for event in made if helps else ():
        assert isinstance(event.data, OutreachMade)
        world.notice_outreach(event.subject, event.data.prompt_id, now + timedelta(seconds=1))
        world.lift(event.subject, LIFT)
    return len(made)


async def report(one: House) -> Uplift:
    """What insight says of uplift."""
    return msgspec.convert(await _asked(one, "GET", "/v1/uplift"), Uplift)


async def drawn(one: House) -> list[dict[str, str]]:
    """All prompts on which the lot fell, from the file that insight makes of them."""
    answer = await one.http.get("/v1/exports/uplift.csv")
    answer.raise_for_status()
    return list(csv.DictReader(io.StringIO(answer.text)))


async def _moved(one: House, bonds: Bonds) -> dict[str, float]:
    moved: dict[str, dict[str, list[float]]] = {}
    for row in await drawn(one):
        if row["counts"] == "true" and row["measured_at"]:
            at = datetime.fromisoformat(row["cause_at"])
            day = min(bonds) + max(0, (at - min(bonds)) // _DAY) * _DAY
            later = day + round(float(row["horizon_days"])) * _DAY
            change = bonds[later][row["customer"]] - bonds[day][row["customer"]]
            moved.setdefault(row["trigger"], {}).setdefault(row["arm"], []).append(change)
    return {
        trigger: float(np.mean(arms["given"]) - np.mean(arms["held_out"]))
        for trigger, arms in moved.items()
        if len(arms) == 2
    }


async def _asked(one: House, method: str, path: str, body: object = None) -> Any:
    answer = await one.http.request(method, path, json=body)
    assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
    return answer.json()
