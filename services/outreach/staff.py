"""The people of a house: whether anybody is there, and what minutes they have left for prompts."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from projections.outreach.budget import had_since, room
from projections.outreach.prompts import Prompt
from projections.strategy import Strategy
from services.runtime.database import Connection
from services.runtime.team import anyone_there, minutes_of_week

_LATELY = timedelta(seconds=1)
"""So long an answer holds: who comes and goes does so within minutes, and prompts may come by the hundred."""


class Staff:
    """What a process knows of them, asked for at most once a second.

    Several processes that decide at once do not see each other's minutes, nor what they have in hand: a week
    may be overdrawn by that, and by what a second brings.
    """

    def __init__(self, strategy: Strategy) -> None:
        self._strategy = strategy
        self._there: tuple[datetime, bool] | None = None
        self._used: tuple[datetime, float] | None = None

    async def anyone_there(self, connection: Connection, now: datetime) -> bool:
        """Whether there is anybody who could see to a prompt."""
        if self._there is None or not _holds(self._there[0], now):
            self._there = now, await anyone_there(connection, self._strategy, now)
        return self._there[1]

    async def has_room(
        self, connection: Connection, minutes: float, prompts: Iterable[Prompt], now: datetime
    ) -> bool:
        """Whether there are minutes this week for a prompt of a person, whose prompts so far are `prompts`.

        Where there are, they are taken.
        """
        if self._used is None or not _holds(self._used[0], now):
            self._used = now, await minutes_of_week(connection, self._strategy, now)
        asked, used = self._used
        budget = self._strategy.outreach.budget
        since = now - timedelta(seconds=budget.floor_within)
        if room(minutes, used, had_since(prompts, since), budget) is None:
            return False
        self._used = asked, used + minutes
        return True


def _holds(asked: datetime, now: datetime) -> bool:
    return timedelta(0) <= now - asked < _LATELY
