"""The brand's agents: their habits, and who is there on a day. They know what they read, wrote or heard."""

from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Literal

from services.simulator.hours import Day

Team = Literal["accounts", "technical", "moves"]
_TEAMS: tuple[Team, ...] = ("accounts", "technical", "moves")
_CUSTOMERS_PER_AGENT = 250
_FEWEST_AGENTS = 8
_AGENTS_PER_DESK = 3
AREAS = 40
"""The brand's region has so many; a line fails, and a call is routed, by area."""
_ILL = 0.04


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent. Habits are the odds, on a quiet day, that they do the thing when it is called for."""

    id: str
    team: Team
    greets: float
    uses_name: float
    reads_file: float
    writes_notes: float
    keeps_word: float
    thanks: float
    records: float
    """Ticking the box afterwards: the brand's systems know only what was ticked."""
    tact: float
    skill: float
    latitude: float
    """Whether they decide alone where a colleague would ask."""
    free_weekday: int | None
    """A part-timer's day off: 0 is Monday."""

    @property
    def speaks_english(self) -> bool:
        """Whether they speak English as well as French: every other one does."""
        return int(self.id.rpartition("-")[2]) % 2 == 0


def likely(habit: float, strain: float) -> float:
    """The odds that a habit holds under strain: 1 is a quiet day, and every habit gives way in the end."""
    return float(habit**strain)


class Staff:
    """Everyone who works there."""

    def __init__(self, *, customers: int, seed: int) -> None:
        self._seed = seed
        count = max(_FEWEST_AGENTS, customers // _CUSTOMERS_PER_AGENT)
        self.everyone = tuple(_draw(Random(f"{seed}:agent:{n}"), n) for n in range(1, count + 1))
        self._desks = min(AREAS, max(2, count // _AGENTS_PER_DESK))
        # Asked for each contact, nearly always about the same day.
        self.on_duty = lru_cache(maxsize=4)(self._on_duty)
        self.desk_on_duty = lru_cache(maxsize=4 * AREAS)(self._desk_on_duty)

    def desk(self, area: int) -> tuple[Agent, ...]:
        """The few whom an area's lines are routed to."""
        return self.everyone[area % self._desks :: self._desks]

    def _desk_on_duty(self, day: Day, area: int) -> tuple[Agent, ...]:
        there = self.on_duty(day)
        return tuple(agent for agent in self.desk(area) if agent in there)

    def _on_duty(self, day: Day) -> tuple[Agent, ...]:
        """Who works on a day; on Saturdays one in three, and never nobody."""
        rng = Random(f"{self._seed}:roster:{day.number}")
        weekday = day.date.weekday()
        there = tuple(
            agent
            for place, agent in enumerate(self.everyone)
            if rng.random() >= _ILL
            and weekday != agent.free_weekday
            and (weekday < 5 or (place + day.number // 7) % 3 == 0)
        )
        return there or self.everyone[:1]


def _draw(rng: Random, number: int) -> Agent:
    return Agent(
        id=f"a-{number:03d}",
        team=_TEAMS[number % len(_TEAMS)],
        greets=rng.betavariate(3, 0.8),
        uses_name=rng.betavariate(1.5, 1.5),
        reads_file=rng.betavariate(2.2, 1.4),
        writes_notes=rng.betavariate(2.2, 1.1),
        keeps_word=rng.betavariate(4, 0.8),
        thanks=rng.betavariate(2, 3),
        records=rng.betavariate(5, 3),
        tact=rng.betavariate(3, 2),
        skill=rng.betavariate(4, 1.5),
        latitude=rng.betavariate(2, 2),
        free_weekday=rng.choice((None, None, None, 1, 2, 4)),
    )
