"""The team's own events; their subject is `agent:<id>`."""

from events.base import Data, Instant, Minutes, Names, Text


class TeamShiftStarted(Data, frozen=True, tag="egard.team.shift_started"):
    """The agent is there, and has so many minutes of care to give. `until` is when the shift should end."""

    until: Instant | None = None
    minutes: Minutes | None = None
    skills: Names | None = None
    languages: Names | None = None


class TeamShiftEnded(Data, frozen=True, tag="egard.team.shift_ended"):
    """The agent has gone."""


class TeamThanked(Data, frozen=True, tag="egard.team.thanked"):
    """A customer's thanks reached the agent."""

    note: Text | None = None
