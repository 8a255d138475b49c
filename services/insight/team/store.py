"""What is known of the team as a whole, at an instant."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from projections.outreach.budget import week_of
from projections.outreach.shifts import Shift
from projections.strategy import Strategy
from services.insight.team.answers import Skill, TeamLoad, Undone, UndonePage, Waiting, Week
from services.runtime.database import Pool
from services.runtime.queries import Queries
from services.runtime.team import in_hand, minutes_of_week, team, tells_of_shifts

_QUERIES = Queries(Path(__file__).with_name("queries.sql"))

Place = tuple[float, str]
"""Where a prompt stands in the list of what was left undone: what is expected to be lost, and its id."""

_Kind = Mapping[str, Any]
"""A row of `under_way`."""


class Team:
    """Reads the team as a whole."""

    def __init__(self, pool: Pool, strategy: Strategy) -> None:
        self._pool = pool
        self._strategy = strategy

    async def load(self, now: datetime) -> TeamLoad:
        """What is asked of it, and what it can give."""
        there = (await team(self._pool, self._strategy, now)).shifts
        taken = await in_hand(self._pool, there)
        left = {shift.agent_id: max(0.0, shift.minutes - taken.get(shift.agent_id, 0.0)) for shift in there}
        kinds = await self._pool.fetch(_QUERIES["under_way"])
        people = [row for row in kinds if row["by"] == "human"]
        unoffered = [row for row in people if row["state"] == "open" and not row["offered"]]
        begins, ends = (datetime.fromtimestamp(at, UTC) for at in week_of(now.timestamp(), self._strategy))
        return TeamLoad(
            taken_at=now,
            tells_of_shifts=bool(there) or await tells_of_shifts(self._pool, now),
            people=len(there),
            minutes=sum(shift.minutes for shift in there),
            minutes_taken=sum(taken.values()),
            minutes_left=sum(left.values()),
            unoffered=_sum(unoffered),
            offered=_sum(row for row in people if row["state"] == "open" and row["offered"]),
            claimed=_sum(row for row in people if row["state"] == "claimed"),
            snoozed=_sum(row for row in people if row["state"] == "snoozed"),
            held=_sum(row for row in people if row["state"] == "held"),
            machine=_sum(row for row in kinds if row["by"] == "machine"),
            waiting_since=min((row["since"] for row in unoffered if row["since"] is not None), default=None),
            skills=_skills(unoffered, there, left),
            week=Week(
                begins=begins,
                ends=ends,
                minutes=self._strategy.outreach.budget.minutes,
                used=await minutes_of_week(self._pool, self._strategy, now),
            ),
        )

    async def undone(
        self, days: int, after: Place, limit: int, now: datetime
    ) -> tuple[UndonePage, Place | None]:
        """What was left undone for lack of minutes in so many days, and where the next page begins."""
        since = now - timedelta(days=days)
        rows = await self._pool.fetch(_QUERIES["undone"], since, *after, limit + 1)
        total = await self._pool.fetchrow(_QUERIES["undone_in_all"], since)
        page = [_undone(row) for row in rows[:limit]]
        rest = (page[-1].expected_loss, page[-1].prompt_id) if len(rows) > limit else None
        found = UndonePage(
            taken_at=now,
            days=days,
            prompts=total["prompts"],
            minutes=total["minutes"],
            expected_loss=total["expected_loss"],
            undone=page,
            next_page_token=None,
        )
        return found, rest


def _sum(rows: Iterable[_Kind]) -> Waiting:
    known = list(rows)
    return Waiting(prompts=sum(row["prompts"] for row in known), minutes=sum(row["minutes"] for row in known))


def _skills(unoffered: Iterable[_Kind], there: Iterable[Shift], left: Mapping[str, float]) -> list[Skill]:
    """What waits for each skill, and who is there with it; skills that nobody asks for are not listed."""
    waiting: dict[str | None, list[_Kind]] = {}
    for row in unoffered:
        waiting.setdefault(row["skill"], []).append(row)
    shifts = list(there)
    found = []
    for skill in sorted(waiting, key=lambda name: (name is not None, name or "")):
        able = [shift for shift in shifts if skill is None or skill in shift.skills]
        found.append(
            Skill(
                skill=skill,
                waiting=_sum(waiting[skill]),
                people=len(able),
                minutes_left=sum(left[shift.agent_id] for shift in able),
            )
        )
    return found


def _undone(row: Mapping[str, Any]) -> Undone:
    return Undone(
        customer=row["customer"],
        prompt_id=row["prompt_id"],
        trigger=row["trigger"],
        cause_at=row["cause_at"],
        minutes=row["minutes"],
        held_until=row["deliver_at"] if row["state"] == "held" else None,
        expected_loss=row["expected_loss"],
        loss_source=row["loss_source"],
    )
