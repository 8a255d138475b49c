"""What the database holds of prompts on which the lot fell."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from services.insight.uplift.answers import HeldOut
from services.insight.uplift.estimating import Arm
from services.runtime.database import Pool
from services.runtime.queries import Queries

_QUERIES = Queries(Path(__file__).with_name("queries.sql"))

Place = tuple[datetime, str, str]
"""Where a prompt stands in a list: its cause, its customer, its id."""


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """The customers on whom the lot of a trigger fell, by one version of the strategy."""

    trigger: str
    strategy: str
    horizon: float | None
    """Seconds; None where nobody is measured yet."""
    last_at: datetime
    given: Arm
    held_out: Arm
    given_waiting: int
    held_out_waiting: int


class Prompts:
    """Reads what became of those who were prompted for, and of those who were held out."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def drawn(self, harm: float) -> list[Drawn]:
        """By trigger, the latest strategy first; `harm` is in points of health lost."""
        rows = await self._pool.fetch(_QUERIES["arms"], harm)
        return sorted(_grouped(rows), key=lambda one: (one.trigger, -one.last_at.timestamp(), one.strategy))

    async def held_out(self, before: Place, limit: int) -> list[HeldOut]:
        """Those held out before a place, the latest first."""
        rows = await self._pool.fetch(_QUERIES["held_out"], *before, limit)
        return [HeldOut(**row) for row in rows]

    async def page(self, after: tuple[str, str], limit: int) -> Sequence[Mapping[str, Any]]:
        """All on whom the lot fell, after a customer and a prompt."""
        rows: Sequence[Mapping[str, Any]] = await self._pool.fetch(_QUERIES["drawn"], *after, limit)
        return rows


_NOBODY = Arm()
_EVER = datetime.min.replace(tzinfo=UTC)


def _grouped(rows: Sequence[Mapping[str, Any]]) -> list[Drawn]:
    """Rows of arms, joined; where a horizon was changed, each of them by itself."""
    found: dict[tuple[str, str], dict[float | None, dict[str, Arm]]] = {}
    latest: dict[tuple[str, str], datetime] = {}
    for row in rows:
        key = row["trigger"], row["strategy"]
        arm = Arm(**{name: row[name] for name in Arm.__struct_fields__})
        found.setdefault(key, {}).setdefault(row["horizon"], {})[row["arm"]] = arm
        latest[key] = max(latest.get(key, _EVER), row["last_at"])
    drawn = []
    for (trigger, strategy), by_horizon in found.items():
        waiting = by_horizon.pop(None, {})
        for horizon, arms in (by_horizon or {None: {}}).items():
            drawn.append(
                Drawn(
                    trigger=trigger,
                    strategy=strategy,
                    horizon=horizon,
                    last_at=latest[trigger, strategy],
                    given=arms.get("given", _NOBODY),
                    held_out=arms.get("held_out", _NOBODY),
                    given_waiting=waiting.get("given", _NOBODY).customers,
                    held_out_waiting=waiting.get("held_out", _NOBODY).customers,
                )
            )
    return drawn
