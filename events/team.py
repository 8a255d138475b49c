"""The team's own events; their subject is `agent:<id>`."""

import msgspec

from events.base import Data, Identifier, Instant, Minutes, Text


class TeamShiftStarted(Data, frozen=True, tag="egard.team.shift_started"):
    """The agent is there, and has so many minutes of care to give. `until` is when the shift should end."""

    until: Instant | None = None
    minutes: Minutes | None = None
    skills: list[Identifier] = msgspec.field(default_factory=list)
    languages: list[Identifier] = msgspec.field(default_factory=list)


class TeamShiftEnded(Data, frozen=True, tag="egard.team.shift_ended"):
    """The agent has gone."""


class TeamThanked(Data, frozen=True, tag="egard.team.thanked"):
    """A customer's thanks reached the agent."""

    note: Text | None = None
