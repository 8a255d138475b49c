"""The team's own life: shifts, thanks that reach an agent, promises to agents after a hard call."""

from random import Random

from events import PromiseKept, PromiseMade, TeamShiftEnded, TeamShiftStarted, TeamThanked
from services.simulator import words
from services.simulator.scene import Scene, instant
from services.simulator.sources import CRM, ROSTER
from services.simulator.staff import Agent
from services.simulator.units import DAY, HOUR

_AFTERCARE_KEPT = 0.75
_CARE = 240.0
"""Minutes that somebody has in a day for reaching out to customers."""
_CARE_OF_PART_TIMERS = 180.0


class Team:
    """Events whose subject is an agent."""

    def __init__(self, scene: Scene, rng: Random) -> None:
        self._scene = scene
        self._rng = rng
        self._present: set[str] = set()
        self._promises = 0

    def begin(self) -> None:
        """From now on, shifts are published each day."""
        self._plan_day()

    def all_hands(self) -> None:
        """Everyone comes in, and stays for as long as the pace is live."""
        for agent in self._scene.staff.everyone:
            self._arrive(agent)

    def thank(self, agent: Agent, note: str | None) -> None:
        """A customer's thanks reach the agent within a day or so, unless they get lost."""
        if self._rng.random() < 0.6:
            self._later(self._rng.uniform(0.5, 30.0), agent, TeamThanked(note=note))

    def care_for(self, agent: Agent) -> None:
        """After a hard contact somebody promises the agent something, and mostly keeps it."""
        if self._rng.random() >= 0.3:
            return
        scene = self._scene
        self._promises += 1
        promise_id = f"p-{agent.id}-{self._promises}"
        made = PromiseMade(
            promise_id=promise_id,
            what=self._rng.choice(words.AFTERCARE),
            due=instant(scene.now + scene.pace.squeeze(2 * DAY)),
            to="agent",
        )
        scene.publish(CRM, _subject(agent), made)
        if self._rng.random() < _AFTERCARE_KEPT:
            self._later(self._rng.uniform(2.0, 46.0), agent, PromiseKept(promise_id=promise_id))

    def _later(self, hours: float, agent: Agent, data: TeamThanked | PromiseKept) -> None:
        self._scene.publish_after(hours * HOUR, CRM, _subject(agent), data)

    def _plan_day(self) -> None:
        scene = self._scene
        day = scene.hours.day(scene.now)
        if day.closes > day.opens:
            for agent in scene.staff.on_duty(day):
                arrives = day.opens - self._rng.uniform(0, 900)
                leaves = day.closes + self._rng.uniform(0, 1200)
                if arrives >= scene.now:
                    scene.at(arrives, self._arrive, agent)
                    scene.at(leaves, self._leave, agent)
        scene.at(day.ends, self._plan_day)

    def _arrive(self, agent: Agent) -> None:
        if agent.id not in self._present:
            self._present.add(agent.id)
            self._scene.publish(ROSTER, _subject(agent), _shift(agent))

    def _leave(self, agent: Agent) -> None:
        if agent.id in self._present and not self._scene.pace.live:
            self._present.discard(agent.id)
            self._scene.publish(ROSTER, _subject(agent), TeamShiftEnded())


def _shift(agent: Agent) -> TeamShiftStarted:
    """What the roster knows: the team somebody is of, the care they have time for, what they speak."""
    return TeamShiftStarted(
        minutes=_CARE if agent.free_weekday is None else _CARE_OF_PART_TIMERS,
        skills=[agent.team],
        languages=["fr", "en"] if agent.speaks_english else ["fr"],
    )


def _subject(agent: Agent) -> str:
    return f"agent:{agent.id}"
