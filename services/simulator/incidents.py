"""Disruptions of the line, area by area: announced, or found out by those they touch."""

from collections.abc import Sequence
from random import Random

from events import CustomerInformed, ServiceDisrupted, ServiceRestored
from services.simulator import words
from services.simulator.customer import Customer
from services.simulator.moves import Moves
from services.simulator.scene import Scene
from services.simulator.sources import CRM, NETWORK
from services.simulator.staff import AREAS
from services.simulator.units import DAY, HOUR

_DAYS_BETWEEN = 4.0
_ANNOUNCED = 0.5
_AFTERWORD = 0.4


class Incidents:
    """About every four days a fortieth of the customers is cut off for some hours."""

    def __init__(self, scene: Scene, moves: Moves, customers: Sequence[Customer], rng: Random) -> None:
        self._scene = scene
        self._moves = moves
        self._customers = customers
        self._rng = rng
        self._count = 0

    def begin(self) -> None:
        """From now on, lines fail now and then."""
        gap = self._rng.expovariate(1.0 / _DAYS_BETWEEN) * DAY
        self._scene.at(self._scene.now + gap, self._strike_area)

    def strike(self, customers: Sequence[Customer]) -> None:
        """The lines of these customers fail now."""
        self._count += 1
        incident = f"i-{self._count:05d}"
        what = self._rng.choice(words.DISRUPTIONS)
        announced = self._rng.random() < _ANNOUNCED
        lasts = self._rng.uniform(1, 30) * HOUR
        for customer in customers:
            if not customer.gone:
                delay = customer.rng.uniform(0, 900)
                self._scene.after(delay, self._cut_off, customer, incident, what, announced, lasts)

    def _strike_area(self) -> None:
        area = self._rng.randrange(AREAS)
        self.strike([customer for customer in self._customers if customer.area == area])
        self.begin()

    def _cut_off(self, customer: Customer, incident: str, what: str, announced: bool, lasts: float) -> None:
        scene, rng = self._scene, customer.rng
        scene.publish(NETWORK, customer.id, ServiceDisrupted(incident_id=incident, what=what))
        if announced:
            informed = CustomerInformed(about=what, before_asked=True)
            scene.publish_after(rng.uniform(60, 600), CRM, customer.id, informed)
            customer.live_through(scene.now, -0.1, 0.25)
        else:
            customer.live_through(scene.now, -0.25)
            if rng.random() < 0.3:
                wait = rng.uniform(300, 2 * HOUR)
                scene.after(wait, self._moves.open_case, customer, words.OUTAGE)
        scene.after(lasts + rng.uniform(0, 900), self._restore, customer, incident, what)

    def _restore(self, customer: Customer, incident: str, what: str) -> None:
        scene, rng = self._scene, customer.rng
        scene.publish(NETWORK, customer.id, ServiceRestored(incident_id=incident, what=what))
        if rng.random() < _AFTERWORD:
            customer.live_through(scene.now, 0.2)
            scene.publish(CRM, customer.id, CustomerInformed(about=f"{what}: repaired", before_asked=True))
