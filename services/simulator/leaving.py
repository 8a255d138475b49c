"""Giving up: customers who fall silent without a word, and those who cancel."""

from events import ExchangeCancelled
from services.simulator.customer import Customer
from services.simulator.scene import Scene
from services.simulator.sources import BILLING
from services.simulator.units import DAY

_TOLERABLE = 0.34
"""The share of a full bond above which nobody thinks of leaving."""


class Leaving:
    """What a customer asks themselves after a letdown."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def reconsider(self, customer: Customer) -> None:
        """A customer who feels badly enough about us may fall silent or cancel."""
        mood = customer.mood(self._scene.now)
        if customer.gone or mood >= _TOLERABLE:
            return
        despair = 1.0 - mood / _TOLERABLE
        lot = customer.rng.random()
        if lot < 0.10 * despair:
            days = customer.rng.uniform(1, 20)
            self._scene.after(days * DAY, self.cancel, customer)
        elif lot < 0.10 * despair + 0.25 * despair * (1.0 - customer.ways.voice):
            customer.silent = True

    def cancel(self, customer: Customer) -> None:
        """The contract ends."""
        if not customer.gone:
            customer.gone = True
            self._scene.publish(BILLING, customer.id, ExchangeCancelled())
