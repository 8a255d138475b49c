"""Promises to customers: made with a due, then kept, kept late, put off, released or forgotten."""

from events import PromiseBroken, PromiseKept, PromiseMade, PromiseReleased, PromiseRenegotiated
from services.simulator.customer import Case, Customer, Promise
from services.simulator.scene import Scene, instant
from services.simulator.sources import CRM
from services.simulator.staff import Agent, likely
from services.simulator.units import DAY, HOUR

_DAY_OPEN_HOURS = 9.5
_MACHINE_KEEPS_WORD = 0.85
_RENEGOTIATED, _RELEASED = 0.05, 0.03
_KEPT_UNTICKED = 0.04
_MARKED_BROKEN = 0.33
_KEPT_SOLVES = 0.88
_LIVE_DUE_S = (15.0, 60.0)
_MOST_REMEMBERED = 6


class Promises:
    """What becomes of a promise is drawn when it is made, from the agent's habit and the day's strain."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def make(self, customer: Customer, case: Case, agent: Agent | None, what: str, open_hours: float) -> None:
        """Promises something for when the brand will have been open for about so many hours."""
        scene, rng = self._scene, customer.rng
        due = scene.in_open_hours(open_hours * rng.uniform(0.6, 1.6))
        if scene.pace.live:
            due = scene.now + min(_LIVE_DUE_S[1], max(_LIVE_DUE_S[0], due - scene.now))
        promise = Promise(customer.next_id("p"), case, agent, due)
        # Long ago unticked and long ago forgotten by the customer too.
        del customer.promises[: -(_MOST_REMEMBERED - 1)]
        customer.promises.append(promise)
        scene.publish(
            CRM,
            customer.id,
            PromiseMade(
                promise_id=promise.id,
                what=what,
                due=instant(due),
                agent_id=agent.id if agent else None,
                case_id=case.id,
                to="customer" if rng.random() < 0.5 else None,
            ),
        )
        self._draw_fate(customer, promise)

    def settle_case(self, customer: Customer, case: Case) -> None:
        """The case was solved another way; what was promised for it is ticked, or stays in the ledger."""
        for promise in [item for item in customer.promises if item.case is case]:
            lot = customer.rng.random()
            if lot < 0.55:
                self._close(customer, promise, PromiseKept(promise_id=promise.id))
            elif lot < 0.65:
                self._close(customer, promise, PromiseReleased(promise_id=promise.id))

    def overdue(self, customer: Customer) -> Promise | None:
        """The promise to this customer that is overdue by the most."""
        late = [item for item in customer.promises if item.due < self._scene.now]
        return min(late, key=lambda item: item.due, default=None)

    def keep_after_all(self, customer: Customer, promise: Promise) -> None:
        """Somebody saw to it because they were asked to."""
        if promise in customer.promises:
            promise.case.solved = True
            self._close(customer, promise, PromiseKept(promise_id=promise.id))
            customer.live_through(self._scene.now, 0.4 * customer.ways.urgency)

    def _draw_fate(self, customer: Customer, promise: Promise) -> None:
        scene, rng = self._scene, customer.rng
        habit = promise.agent.keeps_word if promise.agent else _MACHINE_KEEPS_WORD
        slips = 1.0 - likely(habit, scene.strain(customer))
        forgotten = max(0.55 * slips, scene.pace.forgotten)
        late = forgotten + 0.45 * slips
        ahead = promise.due - scene.now
        lot = rng.random()
        if lot < forgotten:
            scene.at(promise.due + self._notice_after(customer), self._miss, customer, promise)
            if rng.random() < _MARKED_BROKEN:
                after = scene.pace.squeeze(rng.uniform(5, 15) * DAY)
                scene.at(promise.due + after, self._break, customer, promise)
        elif lot < late:
            scene.at(promise.due + self._notice_after(customer), self._miss, customer, promise)
            after = scene.pace.squeeze(rng.uniform(0.2, 4) * DAY)
            scene.at(promise.due + after, self._keep, customer, promise)
        elif lot < late + _RENEGOTIATED:
            scene.at(scene.now + ahead * rng.uniform(0.5, 0.95), self._renegotiate, customer, promise)
        elif lot < late + _RENEGOTIATED + _RELEASED:
            scene.at(scene.now + ahead * rng.uniform(0.1, 0.9), self._release, customer, promise)
        else:
            scene.at(scene.now + ahead * rng.uniform(0.3, 0.98), self._keep, customer, promise)

    def _notice_after(self, customer: Customer) -> float:
        """How long after the due the customer holds the promise for broken, in seconds."""
        scene = self._scene
        hours = customer.ways.patience * customer.rng.uniform(0.5, 12.0)
        return scene.pace.squeeze(HOUR * (min(hours, 0.5) if scene.persists(customer) else hours))

    def _keep(self, customer: Customer, promise: Promise) -> None:
        if promise not in customer.promises:
            return
        on_time = self._scene.now <= promise.due
        if customer.rng.random() >= _KEPT_UNTICKED:
            self._scene.publish(CRM, customer.id, PromiseKept(promise_id=promise.id))
            customer.promises.remove(promise)
        if promise.case.solved:
            return
        customer.live_through(self._scene.now, (0.5 if on_time else 0.15) * customer.ways.urgency)
        if customer.rng.random() < _KEPT_SOLVES:
            promise.case.solved = True
        else:
            self._scene.next_move(customer, promise.case, 2 * DAY)

    def _miss(self, customer: Customer, promise: Promise) -> None:
        if promise not in customer.promises or promise.noticed or promise.case.solved:
            return
        promise.noticed = True
        customer.live_through(self._scene.now, -0.75 * customer.ways.urgency)
        self._scene.next_move(customer, promise.case, HOUR)

    def _renegotiate(self, customer: Customer, promise: Promise) -> None:
        if promise not in customer.promises or promise.case.solved:
            return
        scene, rng = self._scene, customer.rng
        agreed = rng.random() < 0.5 + 0.5 * customer.mood(scene.now)
        due = scene.pace.squeeze(rng.uniform(1, 5) * DAY) + promise.due
        scene.publish(
            CRM,
            customer.id,
            PromiseRenegotiated(promise_id=promise.id, due=instant(due), agreed=agreed),
        )
        customer.live_through(scene.now, 0.1 if agreed else -0.35 * customer.ways.urgency)
        if agreed:
            promise.due = due
        if rng.random() < 0.85:
            scene.at(scene.now + (due - scene.now) * rng.uniform(0.3, 0.98), self._keep, customer, promise)
        else:
            scene.at(promise.due + self._notice_after(customer), self._miss, customer, promise)

    def _release(self, customer: Customer, promise: Promise) -> None:
        if promise in customer.promises:
            promise.case.solved = True
            self._close(customer, promise, PromiseReleased(promise_id=promise.id))

    def _break(self, customer: Customer, promise: Promise) -> None:
        if promise in customer.promises:
            self._close(customer, promise, PromiseBroken(promise_id=promise.id))

    def _close(
        self, customer: Customer, promise: Promise, data: PromiseKept | PromiseReleased | PromiseBroken
    ) -> None:
        self._scene.publish(CRM, customer.id, data)
        customer.promises.remove(promise)
