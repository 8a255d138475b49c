"""A few words to tell of a team with: who came, who went, what was hard on whom."""

from datetime import UTC, datetime, time, timedelta

from events import (
    ContactStrained,
    Data,
    Event,
    EventRetracted,
    TeamShiftEnded,
    TeamShiftStarted,
    make,
)
from projections.outreach.shifts import Shift
from tests.unit.histories import PLAIN

TEAM = PLAIN.outreach.team
"""A shift is at most twelve hours long, of 240 minutes; the spared are spared for two hours."""

DAY = datetime(2026, 6, 1, tzinfo=UTC)
"""A Monday."""


def clock(text: str) -> datetime:
    """A time on that Monday, such as `09:30`; `+1 09:30` is on the day after."""
    days, _, hour = text.rpartition(" ")
    return datetime.combine(DAY + timedelta(days=int(days or 0)), time.fromisoformat(hour), UTC)


def at(text: str) -> float:
    """The same, in seconds since the Unix epoch."""
    return clock(text).timestamp()


def came(agent: str, when: str, **said: object) -> Event:
    """A shift began; `until` is a time on the clock, too."""
    until = said.pop("until", None)
    data = TeamShiftStarted(until=clock(str(until)) if until else None, **said)  # type: ignore[arg-type]
    return _told(agent, when, "came", data)


def went(agent: str, when: str) -> Event:
    """A shift ended."""
    return _told(agent, when, "went", TeamShiftEnded())


def taken_back(mistake: Event, when: str) -> Event:
    """Somebody says that an event was a mistake."""
    data = EventRetracted(source=mistake.source, id=mistake.id)
    return make(data, subject=mistake.subject, source="roster", id=f"not-{mistake.id}", time=clock(when))


def hard(agent: str, when: str, customer: str = "anna") -> Event:
    """A contact with a customer was hard on an agent."""
    data = ContactStrained(agent_id=agent, contact_id="call")
    return make(data, subject=customer, source="crm", id=f"hard-{agent}-{when}", time=clock(when))


def shift(agent: str, began: str = "09:00", until: str = "17:00", **said: object) -> Shift:
    """A shift, as it is known."""
    given = {"minutes": 240.0, "skills": frozenset(), "languages": frozenset(), **said}
    return Shift(agent_id=agent, began=at(began), until=at(until), **given)  # type: ignore[arg-type]


def _told(agent: str, when: str, what: str, data: Data) -> Event:
    subject = f"agent:{agent}"
    return make(data, subject=subject, source="roster", id=f"{what}-{agent}-{when}", time=clock(when))
