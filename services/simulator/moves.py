"""The customer's own moves: a need arises; what was left open is chased, complained about, or given up."""

from services.simulator import words
from services.simulator.complaints import Complaints
from services.simulator.contacts import Contacts
from services.simulator.customer import Case, Customer
from services.simulator.leaving import Leaving
from services.simulator.scene import Scene
from services.simulator.units import DAY, HOUR

# Hours of the day at which people get in touch: most in working hours, some at night.
_HOUR_WEIGHTS = (1, 1, 1, 0, 0, 1, 2, 5, 9, 12, 13, 11, 8, 8, 10, 10, 10, 9, 7, 5, 4, 3, 3, 2)
_SUNDAY_POSTPONED = 0.6
_SILENT_SHARE = 0.15
"""What is left of the needs that a customer who has given up still comes to us with."""
_PERSISTENT_AFTER_S = 300.0
_PATCH_BEGINS = 0.06
_PATCH_DAYS = (10.0, 35.0)


class Moves:
    """Decisions that are the customer's."""

    def __init__(self, scene: Scene, contacts: Contacts, complaints: Complaints, leaving: Leaving) -> None:
        self._scene = scene
        self._contacts = contacts
        self._complaints = complaints
        self._leaving = leaving

    def await_need(self, customer: Customer) -> None:
        """Waits until the customer needs something, at an hour at which people do."""
        scene, rng = self._scene, customer.rng
        rate = customer.ways.needs_per_day * (_SILENT_SHARE if customer.silent else 1.0)
        when = scene.now + rng.expovariate(rate) * DAY
        day = scene.hours.day(when)
        if day.date.weekday() == 6 and rng.random() < _SUNDAY_POSTPONED:
            day = scene.hours.numbered(day.number + 1)
        hour = rng.choices(range(24), _HOUR_WEIGHTS)[0]
        when = max(day.starts + hour * HOUR + rng.uniform(0, HOUR), scene.now + rng.uniform(60, HOUR))
        scene.at(when, self._need, customer)

    def open_case(self, customer: Customer, reason: words.Reason | None = None) -> None:
        """The customer needs something and gets in touch about it."""
        if customer.gone:
            return
        why = reason or customer.rng.choices(words.REASONS, words.REASON_WEIGHTS)[0]
        self._contacts.attempt(customer, Case(customer.next_id("case"), why))

    def next_move(self, customer: Customer, case: Case, after: float) -> None:
        """A case is left with the customer, who does something about it after some seconds, or does not."""
        if self._scene.persists(customer):
            after = min(after, _PERSISTENT_AFTER_S)
        patience = customer.ways.patience * customer.rng.uniform(0.6, 1.6)
        self._scene.after(after * patience, self._decide, customer, case)

    def _need(self, customer: Customer) -> None:
        if customer.gone:
            return
        scene, rng = self._scene, customer.rng
        if rng.random() < _PATCH_BEGINS and not customer.in_patch(scene.now):
            customer.patch_until = scene.now + rng.uniform(*_PATCH_DAYS) * DAY
        self.open_case(customer)
        self.await_need(customer)

    def _decide(self, customer: Customer, case: Case) -> None:
        if case.solved or customer.gone:
            return
        rng, voice = customer.rng, customer.ways.voice
        case.letdowns += 1
        chagrin = 1.0 - customer.mood(self._scene.now)
        if case.letdowns >= 2 and rng.random() < 0.7 * voice * chagrin:
            self._complaints.raise_complaint(customer, case)
        if not self._scene.persists(customer) and rng.random() < 0.08 * case.letdowns + 0.15 * (1.0 - voice):
            case.solved = True  # not solved, but over
            self._leaving.reconsider(customer)
        else:
            self._contacts.attempt(customer, case)
