"""The quickened regime of the demo: something new every second, and stories that unfold in minutes."""

from collections.abc import Callable, Sequence
from random import Random

from services.simulator.customer import Customer
from services.simulator.everyday import Everyday
from services.simulator.incidents import Incidents
from services.simulator.moves import Moves
from services.simulator.pace import Pace
from services.simulator.scene import Scene
from services.simulator.team import Team
from services.simulator.voice import Voice

_ABOUT_THE_CAST = 0.65
_PATCH_SECONDS = (90.0, 200.0)
_STORIES_AT_ONCE = 3
_INCIDENT_TOUCHES = 5
_KINDS = ("need", "errand", "statement", "thanks", "suggestion", "incident")
_KIND_WEIGHTS = (74, 12, 5, 5, 2, 2)


class Live:
    """Begins things of itself; what they lead to takes its course as at any pace."""

    def __init__(
        self,
        *,
        scene: Scene,
        moves: Moves,
        everyday: Everyday,
        voice: Voice,
        incidents: Incidents,
        team: Team,
        customers: Sequence[Customer],
        rng: Random,
    ) -> None:
        self._scene = scene
        self._moves = moves
        self._everyday = everyday
        self._voice = voice
        self._incidents = incidents
        self._team = team
        self._customers = customers
        self._rng = rng
        self._regime = 0
        self._cast: list[Customer] = []

    def change_pace(self, pace: Pace) -> None:
        """From now on, life goes at this pace."""
        self._scene.pace = pace
        self._regime += 1
        size = min(pace.cast, len(self._customers))
        self._cast = self._rng.sample(self._customers, size)
        if pace.live:
            self._team.all_hands()
        self._await(pace.happenings_per_s, self._happen)
        if pace.patches_per_minute > 0:
            # A spectator should not have to wait for the first stories.
            for _ in range(_STORIES_AT_ONCE):
                self._lose_file()
        self._await(pace.patches_per_minute / 60.0, self._begin_patch)

    def _await(self, rate: float, act: Callable[[int], None]) -> None:
        if rate > 0:
            self._scene.at(self._scene.now + self._rng.expovariate(rate), act, self._regime)

    def _someone(self, of_the_cast: float) -> Customer:
        if self._cast and self._rng.random() < of_the_cast:
            return self._rng.choice(self._cast)
        return self._rng.choice(self._customers)

    def _happen(self, regime: int) -> None:
        if regime != self._regime:
            return
        customer = self._someone(_ABOUT_THE_CAST)
        kind = self._rng.choices(_KINDS, _KIND_WEIGHTS)[0]
        if kind == "incident":
            self._incidents.strike(
                self._rng.sample(self._customers, min(_INCIDENT_TOUCHES, len(self._customers)))
            )
        elif not customer.gone:
            self._begin(kind, customer)
        self._await(self._scene.pace.happenings_per_s, self._happen)

    def _begin(self, kind: str, customer: Customer) -> None:
        if kind == "need":
            self._moves.open_case(customer)
        elif kind == "errand":
            self._everyday.run_errand(customer)
        elif kind == "statement":
            self._voice.state_perception(customer)
        elif kind == "thanks" and customer.mood(self._scene.now) > 0.5:
            self._voice.praise(customer, customer.last_agent)
        elif kind == "suggestion":
            self._voice.suggest(customer)

    def _begin_patch(self, regime: int) -> None:
        if regime != self._regime:
            return
        self._lose_file()
        self._await(self._scene.pace.patches_per_minute / 60.0, self._begin_patch)

    def _lose_file(self) -> None:
        """Someone's file goes astray, and just then they need something."""
        customer = self._someone(1.0)
        if not customer.gone and not customer.in_patch(self._scene.now):
            customer.patch_until = self._scene.now + self._rng.uniform(*_PATCH_SECONDS)
            self._moves.open_case(customer)
