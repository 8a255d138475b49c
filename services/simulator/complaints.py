"""Complaints: raised, settled to the customer's liking or not, and sometimes left to lie."""

from events import ComplaintRaised, ComplaintSettled, EventRetracted, GestureMade
from services.simulator import words
from services.simulator.customer import Case, Customer
from services.simulator.leaving import Leaving
from services.simulator.scene import Scene
from services.simulator.sources import CRM
from services.simulator.units import DAY

_LEFT_TO_LIE = 0.12
_WITH_A_GESTURE = 0.18


class Complaints:
    """At most one complaint of a customer stands open at a time."""

    def __init__(self, scene: Scene, leaving: Leaving) -> None:
        self._scene = scene
        self._leaving = leaving

    def raise_complaint(self, customer: Customer, case: Case) -> None:
        """The customer says that this will not do."""
        if customer.complaint:
            return
        scene, rng = self._scene, customer.rng
        complaint = customer.complaint = customer.next_id("m")
        anger = 40.0 + 45.0 * (1.0 - customer.mood(scene.now)) + rng.gauss(0.0, 12.0)
        scene.publish(
            CRM,
            customer.id,
            ComplaintRaised(
                complaint_id=complaint,
                severity=round(max(5.0, min(100.0, anger))) if rng.random() < 0.8 else None,
                case_id=case.id,
            ),
        )
        if rng.random() < _LEFT_TO_LIE:
            scene.after(15 * DAY, self._notice_silence, customer, case)
        else:
            scene.at(scene.in_open_hours(rng.uniform(9, 70)), self._settle, customer, case)

    def misfile(self, customer: Customer) -> None:
        """A clerk files someone else's complaint here; the mistake is found a few days later."""
        scene, rng = self._scene, customer.rng
        scene.publish(CRM, customer.id, ComplaintRaised(complaint_id=customer.next_id("m")))
        retraction = EventRetracted(
            source=CRM, id=scene.last_id(CRM), reason="filed under the wrong customer"
        )
        scene.publish_after(rng.uniform(0.1, 6) * DAY, CRM, customer.id, retraction)

    def _settle(self, customer: Customer, case: Case) -> None:
        complaint = customer.complaint
        if complaint is None:
            return
        scene, rng = self._scene, customer.rng
        odds = 0.25 + 0.55 * customer.mood(scene.now)
        gesture = rng.random() < _WITH_A_GESTURE
        if gesture:
            odds += 0.15
            what, cost = rng.choice(words.GESTURES)
            scene.publish(
                CRM, customer.id, GestureMade(gesture_id=customer.next_id("g"), what=what, cost=cost)
            )
        accepted = rng.random() < odds
        customer.complaint = None
        scene.publish(CRM, customer.id, ComplaintSettled(complaint_id=complaint, accepted=accepted))
        if accepted:
            case.solved = True
            customer.live_through(scene.now, 0.3, 0.8 if gesture else 0.6)
        else:
            customer.live_through(scene.now, -0.55)
            self._leaving.reconsider(customer)

    def _notice_silence(self, customer: Customer, case: Case) -> None:
        if not case.solved:
            customer.live_through(self._scene.now, -0.7)
            self._leaving.reconsider(customer)
