"""What tests of outreach share: services without Kafka, and a house whose night is now."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from projections.outreach_rules import Quiet
from projections.strategy import Strategy
from services.clock import Clock
from services.outreach import Outreach
from services.runtime.database import Pool
from services.runtime.producer import Producer
from services.runtime.service import Context
from services.runtime.settings import Settings


def asleep(strategy: Strategy, *, hours: float = 2) -> Strategy:
    """The same with quiet hours that began an hour ago, and last for some more; its clock never changes."""
    now = datetime.now(UTC)
    quiet = Quiet(
        begins=(now - timedelta(hours=1)).time(),
        ends=(now + timedelta(hours=hours)).time(),
    )
    still = msgspec.structs.replace(strategy, hours=msgspec.structs.replace(strategy.hours, timezone="UTC"))
    return with_outreach(still, quiet=quiet)


def with_outreach(strategy: Strategy, **rules: Any) -> Strategy:
    """The same with other rules of outreach."""
    return msgspec.structs.replace(strategy, outreach=msgspec.structs.replace(strategy.outreach, **rules))


def only(strategy: Strategy, *names: str) -> Strategy:
    """The same with some of its triggers only."""
    rules = {name: rule if name in names else None for name, rule in _rules(strategy)}
    return msgspec.structs.replace(strategy, triggers=msgspec.structs.replace(strategy.triggers, **rules))


def _rules(strategy: Strategy) -> list[tuple[str, Any]]:
    return [(name, getattr(strategy.triggers, name)) for name in strategy.triggers.__struct_fields__]


def with_rule(strategy: Strategy, name: str, **said: Any) -> Strategy:
    """The same with another rule for a trigger."""
    rule = msgspec.structs.replace(getattr(strategy.triggers, name), **said)
    return msgspec.structs.replace(
        strategy, triggers=msgspec.structs.replace(strategy.triggers, **{name: rule})
    )


class House:
    """The services of a house that follow what is told, without Kafka."""

    def __init__(self, pool: Any, url: str, strategy: Strategy) -> None:
        settings = Settings(kafka="nowhere:9092", database=url, access="open")
        self.pool: Pool = pool
        self.context = Context(settings, strategy, pool, Producer(settings.kafka, client="test"))
        self.clock, self.outreach = Clock(self.context), Outreach(self.context)

    async def decide(self) -> list[Any]:
        """What outreach makes of the causes that there are."""
        await self.clock.turn_deadlines(datetime.now(UTC))
        while await self.outreach.decide_some():
            pass
        return await self.prompts()

    async def look(self, now: datetime | None = None) -> list[Any]:
        """What becomes of the prompts under way."""
        await self.outreach.look_at_some(now)
        return await self.prompts()

    async def prompts(self) -> list[Any]:
        """All prompts, in order."""
        return list(await self.pool.fetch("select * from prompts order by prompted_at, prompt_id"))

    async def said(self) -> list[tuple[str, Any]]:
        """The types and data of the events that are to be published, in order."""
        return [(name, data) for name, _, data in await self.published()]

    async def published(self) -> list[tuple[str, datetime, Any]]:
        """The same with their times."""
        rows = await self.pool.fetch(
            "select value from outbox where topic = 'egard.interactions' order by id"
        )
        events = [msgspec.json.decode(row["value"]) for row in rows]
        return [
            (one["type"].removeprefix("egard.outreach."), datetime.fromisoformat(one["time"]), one["data"])
            for one in events
        ]

    async def on_prompts(self) -> list[str]:
        """The prompts that are to be published for others."""
        rows = await self.pool.fetch("select value from outbox where topic = 'egard.prompts' order by id")
        return [msgspec.json.decode(row["value"])["prompt_id"] for row in rows]


def states(prompts: Sequence[Any]) -> list[str]:
    """The states of some prompts."""
    return [prompt["state"] for prompt in prompts]
