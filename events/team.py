"""The team's own events; their subject is `agent:<id>`."""

from events.base import Data, Text


class TeamShiftStarted(Data, frozen=True, tag="egard.team.shift_started"):
    """The agent is there."""


class TeamShiftEnded(Data, frozen=True, tag="egard.team.shift_ended"):
    """The agent has gone."""


class TeamThanked(Data, frozen=True, tag="egard.team.thanked"):
    """A customer's thanks reached the agent."""

    note: Text | None = None
