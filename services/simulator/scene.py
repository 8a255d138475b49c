"""What everyone in the simulation shares: the time, the agenda of what is to come, and the publisher."""

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from heapq import heappop, heappush
from math import floor
from typing import TypeVarTuple

from events import Data, Event, make
from services.simulator.customer import Case, Customer
from services.simulator.hours import Hours
from services.simulator.pace import ORDINARY, Pace
from services.simulator.staff import Agent, Staff
from services.simulator.units import HOUR

_Args = TypeVarTuple("_Args")
_PATCH_STRAIN = 2.5
_SAME_AGENT = 0.2
_SAME_DESK = 0.75


def instant(seconds: float) -> datetime:
    """Seconds since the Unix epoch as a time, cut (never rounded up) to milliseconds."""
    return datetime.fromtimestamp(floor(seconds * 1000.0) / 1000.0, UTC)


class Scene:
    """A discrete-event stage. Everything that is to happen waits in one heap, by time, then by age."""

    def __init__(self, *, hours: Hours, staff: Staff, start: float) -> None:
        self.hours = hours
        self.staff = staff
        self.now = start
        self.pace: Pace = ORDINARY
        self.published: deque[Event] = deque()
        self.next_move: Callable[[Customer, Case, float], None]
        """Whoever leaves a case open hands it to the customer, who moves after so many seconds."""
        self._agenda: list[tuple[float, int, Callable[..., None], tuple[object, ...]]] = []
        self._entries = 0
        self._ids: dict[str, int] = {}

    def at(self, when: float, act: Callable[[*_Args], None], *args: *_Args) -> None:
        """Has something happen at an instant, or now if that has passed."""
        self._entries += 1
        heappush(self._agenda, (max(when, self.now), self._entries, act, args))

    def after(self, seconds: float, act: Callable[[*_Args], None], *args: *_Args) -> None:
        """Has something happen after so many ordinary seconds, at the present pace."""
        self.at(self.now + self.pace.squeeze(seconds), act, *args)

    def act(self, until: float) -> bool:
        """Does the next thing due by `until`; False if there is none, and then it is `until`."""
        if not self._agenda or self._agenda[0][0] > until:
            self.now = max(self.now, until)
            return False
        self.now, _, act, args = heappop(self._agenda)
        act(*args)
        return True

    def publish(self, source: str, subject: str, data: Data) -> None:
        """A system of the brand publishes an event, now."""
        number = self._ids[source] = self._ids.get(source, 0) + 1
        self.published.append(
            make(data, subject=subject, source=source, id=f"{source[1:]}-{number}", time=instant(self.now))
        )

    def last_id(self, source: str) -> str:
        """The id of the last event that a system published."""
        return f"{source[1:]}-{self._ids[source]}"

    def publish_after(self, seconds: float, source: str, subject: str, data: Data) -> None:
        """A system publishes an event after so many ordinary seconds."""
        self.after(seconds, self.publish, source, subject, data)

    def is_open(self) -> bool:
        """Whether somebody should answer now."""
        return self.pace.live or self.hours.is_open(self.now)

    def in_open_hours(self, hours: float) -> float:
        """The instant by which the brand will have been open for so many hours, at the present pace."""
        if self.pace.live:
            return self.now + self.pace.squeeze(hours * HOUR)
        return self.hours.after(self.now, hours * HOUR)

    def load(self) -> float:
        """How loaded this day is: 1 is quiet."""
        return 1.0 if self.pace.live else self.hours.day(self.now).load

    def strain(self, customer: Customer) -> float:
        """What habits are up against: the day's load, and a bad patch if the customer is in one."""
        return self.load() * (_PATCH_STRAIN if customer.in_patch(self.now) else 1.0)

    def persists(self, customer: Customer) -> bool:
        """A spectator has minutes, so whoever is in a bad patch live neither waits long nor gives up."""
        return self.pace.live and customer.in_patch(self.now)

    def agent_for(self, customer: Customer) -> Agent:
        """Who takes this customer's contact: mostly someone of their area's desk, or the one they know."""
        lot, staff = customer.rng.random(), self.staff
        if self.pace.live:
            there, desk = staff.everyone, staff.desk(customer.area)
        else:
            day = self.hours.day(self.now)
            there, desk = staff.on_duty(day), staff.desk_on_duty(day, customer.area)
        if lot < _SAME_AGENT and customer.last_agent in there:
            return customer.last_agent
        return customer.rng.choice(desk if desk and lot < _SAME_DESK else there)
