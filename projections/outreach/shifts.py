"""Who is there: a pure function of the team's events and an instant.

A shift begins with `team.shift_started` and lasts until the first of three: its end (`team.shift_ended`), the
time that it said it would end (`until`), and the longest that the strategy takes a shift to be. Where systems
say too much (two shifts that overlap, a start said twice), somebody is there while any of their shifts lasts,
and an end ends all that began before it: nobody is taken to be there who said that they had gone.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from events import ContactStrained, Event, TeamShiftEnded, TeamShiftStarted
from projections.corrections import standing
from projections.outreach_rules import Team

AGENT = "agent:"
"""What the subject of an agent begins with."""


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """The time in which an agent is there, at a stretch, and what they can give in it."""

    agent_id: str
    began: float
    """In seconds since the Unix epoch."""
    until: float
    """When it ends, if nobody ends it earlier."""
    minutes: float
    """Of care."""
    skills: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    """Empty where nobody says."""


class _Stretch(msgspec.Struct, frozen=True):
    """One start, and when what it began was over."""

    began: float
    until: float
    said: TeamShiftStarted


def on_shift(events: Iterable[Event], at: float, team: Team) -> list[Shift]:
    """Who is there at an instant (seconds since the Unix epoch), by their ids.

    Only events until then count, and of these only what nobody took back.
    """
    found = []
    for agent_id, stretches in sorted(_stretches(events, at, team).items()):
        there = [one for one in stretches if one.began <= at < one.until]
        if there:
            found.append(_shift(agent_id, there, team))
    return found


def gone_since(events: Iterable[Event], at: float, team: Team) -> dict[str, float]:
    """Those who were there and are not any more at an instant, and since when.

    Of whom no shift is known, it is not known that they have gone either.
    """
    return {
        agent_id: max(one.until for one in stretches)
        for agent_id, stretches in _stretches(events, at, team).items()
        if not any(one.began <= at < one.until for one in stretches)
    }


def strained(events: Iterable[Event], at: float) -> dict[str, float]:
    """When each agent last had a contact that was hard on them, until an instant."""
    found: dict[str, float] = {}
    for event in standing(event for event in events if event.at <= at):
        if isinstance(event.data, ContactStrained):
            agent_id = plain_id(event.data.agent_id)
            found[agent_id] = max(event.at, found.get(agent_id, event.at))
    return found


def plain_id(agent: str) -> str:
    """An agent's id without the `agent:` of their subject: publishers write both."""
    return agent.removeprefix(AGENT)


def _shift(agent_id: str, there: Sequence[_Stretch], team: Team) -> Shift:
    """One shift of several that last at an instant: their minutes are not added, for one was said twice."""
    said = [one.said.minutes for one in there if one.said.minutes is not None]
    return Shift(
        agent_id=agent_id,
        began=min(one.began for one in there),
        until=max(one.until for one in there),
        minutes=float(max(said)) if said else team.minutes,
        skills=frozenset(skill for one in there for skill in one.said.skills or ()),
        languages=frozenset(language for one in there for language in one.said.languages or ()),
    )


def _stretches(events: Iterable[Event], at: float, team: Team) -> Mapping[str, Sequence[_Stretch]]:
    """Every shift of each agent that is known at an instant, with its end."""
    starts: dict[str, list[tuple[float, TeamShiftStarted]]] = defaultdict(list)
    ends: dict[str, list[float]] = defaultdict(list)
    for event in standing(event for event in events if event.at <= at):
        agent_id = plain_id(event.subject)
        if isinstance(event.data, TeamShiftStarted):
            starts[agent_id].append((event.at, event.data))
        elif isinstance(event.data, TeamShiftEnded):
            ends[agent_id].append(event.at)
    return {
        agent_id: [_stretch(began, said, ends[agent_id], team) for began, said in some]
        for agent_id, some in starts.items()
    }


def _stretch(began: float, said: TeamShiftStarted, ends: Iterable[float], team: Team) -> _Stretch:
    """A shift ends at most once. An end at its very beginning is that of the shift before it."""
    possible = [began + team.shift, *(end for end in ends if end > began)]
    if said.until is not None:
        possible.append(max(began, said.until.timestamp()))
    return _Stretch(began, min(possible), said)
