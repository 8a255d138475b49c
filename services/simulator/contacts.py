"""Contacts: a customer tries to reach the brand, and somebody answers, or a machine, or nobody."""

from math import log
from typing import Literal

from events import (
    Channel,
    ContactAnswered,
    ContactAttempted,
    ContactClosed,
    ContactMissed,
    ContactReturned,
    FrictionMet,
)
from services.simulator import sources
from services.simulator.conversation import Conversations, Talk
from services.simulator.customer import Case, Customer
from services.simulator.promises import Promises
from services.simulator.scene import Scene
from services.simulator.staff import likely
from services.simulator.units import DAY, HOUR

Cause = Literal["rang_out", "no_reply", "abandoned", "out_of_hours", "said_closed", "dead_form", "busy"]

_ATTEMPT_RECORDED: dict[Channel, float] = {"store": 0.6, "post": 0.7}
_ATTEMPT_RECORDED_ELSE = 0.9
_WAIT_RECORDED: dict[Channel, float] = {"phone": 0.75, "chat": 0.6}
_PHONE_WAIT_S = 75.0
_PHONE_TOLERATED_S = 240.0
_CHAT_TOLERATED_S = 90.0
_REPLY_OPEN_HOURS: dict[Channel, float] = {"email": 6.0, "form": 7.0, "social": 3.0, "post": 38.0}
_REPLY_TOLERATED_HOURS: dict[Channel, float] = {"email": 9.5, "form": 9.5, "social": 5.0, "post": 57.0}
_NO_REPLY = 0.06
_DEAD_FORM = 0.05
_MACHINE_SOLVES = 0.75
_SAYS_CLOSED_WHILE_OPEN = 0.008
_KNOWS_THE_HOURS = 0.6
_CALLED_BACK = 0.42
_REACHED = 0.72


def wait_felt(waited: float, tolerated: float) -> float:
    """How a wait feels, from -1 to 0.4: by the logarithm of its share of what is tolerated."""
    return max(-1.0, min(0.4, -0.45 * log(max(waited, 1.0) / tolerated)))


class Contacts:
    """From the attempt until somebody speaks, or it is plain that nobody will."""

    def __init__(self, scene: Scene, conversations: Conversations, promises: Promises) -> None:
        self._scene = scene
        self._conversations = conversations
        self._promises = promises

    def attempt(self, customer: Customer, case: Case) -> None:
        """The customer tries to reach us about a case, now or when we open."""
        rng = customer.rng
        if not self._scene.is_open() and rng.random() < _KNOWS_THE_HOURS:
            opening = self._scene.in_open_hours(rng.uniform(0.02, 6.0))
            self._scene.at(opening, self._reach, customer, case)
        else:
            self._reach(customer, case)

    def _reach(self, customer: Customer, case: Case) -> None:
        if case.solved or customer.gone:
            return
        rng, ways = customer.rng, customer.ways
        case.tries += 1
        # Whoever was let down in writing picks up the phone.
        again = case.tries > 1
        channel: Channel = ways.main_channel if rng.random() < 0.8 else ways.other_channel
        if again and channel not in ("phone", "store") and rng.random() < 0.6:
            channel = "phone"
        contact_id = customer.next_id("k")
        if rng.random() < _ATTEMPT_RECORDED.get(channel, _ATTEMPT_RECORDED_ELSE):
            written = channel in _REPLY_OPEN_HOURS or channel == "chat"
            attempt = ContactAttempted(
                contact_id=contact_id,
                channel=channel,
                wants=ways.wants if rng.random() < 0.4 else None,
                reason=case.reason.text if written and rng.random() < 0.6 else None,
                case_id=case.id if again and rng.random() < 0.3 else None,
            )
            self._scene.publish(sources.OF_CHANNEL[channel], customer.id, attempt)
        if channel == "phone":
            self._ring(customer, case, contact_id)
        elif channel == "chat":
            self._scene.after(rng.uniform(2, 6), self._machine, customer, case, contact_id, channel)
        elif channel == "store":
            self._walk_in(customer, case, contact_id)
        else:
            self._write(customer, case, contact_id, channel)

    def _ring(self, customer: Customer, case: Case, contact_id: str) -> None:
        scene, rng = self._scene, customer.rng
        if not scene.is_open():
            if customer.ways.wants != "human" and rng.random() < 0.5:
                scene.after(rng.uniform(3, 9), self._machine, customer, case, contact_id, "phone")
            else:
                cause: Cause = "said_closed" if rng.random() < 0.6 else "out_of_hours"
                scene.after(12, self._miss, customer, case, contact_id, "phone", cause, 12.0)
            return
        strain = scene.strain(customer)
        if rng.random() < _SAYS_CLOSED_WHILE_OPEN * strain:
            scene.after(10, self._miss, customer, case, contact_id, "phone", "said_closed", 10.0)
            return
        if rng.random() < 0.05 * strain * strain:
            cause = "busy" if rng.random() < 0.4 else "rang_out"
            scene.after(45, self._miss, customer, case, contact_id, "phone", cause, 45.0)
            return
        wait = rng.lognormvariate(log(_PHONE_WAIT_S * strain * strain), 0.8)
        gives_up = 2.2 * _PHONE_TOLERATED_S * customer.ways.patience * rng.uniform(0.7, 1.4)
        if wait > gives_up:
            scene.after(gives_up, self._miss, customer, case, contact_id, "phone", "abandoned", gives_up)
        else:
            tolerated = _PHONE_TOLERATED_S * customer.ways.patience
            felt = wait_felt(wait, tolerated) * customer.ways.urgency
            scene.after(wait, self._answer, customer, case, contact_id, "phone", wait, felt)

    def _walk_in(self, customer: Customer, case: Case, contact_id: str) -> None:
        scene, rng = self._scene, customer.rng
        if scene.is_open():
            wait = rng.uniform(30, 600) * scene.load()
            felt = wait_felt(wait, 600.0 * customer.ways.patience)
            scene.after(wait, self._answer, customer, case, contact_id, "store", wait, felt)
            return
        if rng.random() < 0.3:
            closed_door = FrictionMet(what="wrong_hours", where="the shop's door", contact_id=contact_id)
            scene.publish(sources.SHOP, customer.id, closed_door)
        scene.after(1, self._miss, customer, case, contact_id, "store", "out_of_hours", 0.0)

    def _write(self, customer: Customer, case: Case, contact_id: str, channel: Channel) -> None:
        scene, rng = self._scene, customer.rng
        strain = scene.strain(customer)
        if channel == "form" and rng.random() < _DEAD_FORM:
            dead = FrictionMet(what="dead_page", where="the contact form", contact_id=contact_id)
            scene.publish(sources.WEB, customer.id, dead)
            scene.after(5, self._miss, customer, case, contact_id, channel, "dead_form", 5.0)
        elif rng.random() < _NO_REPLY * strain:
            given_up = scene.in_open_hours(28.5)
            scene.at(given_up, self._miss, customer, case, contact_id, channel, "no_reply", 0.0)
        else:
            hours = rng.lognormvariate(log(_REPLY_OPEN_HOURS[channel] * strain), 0.7)
            tolerated = _REPLY_TOLERATED_HOURS[channel] * customer.ways.patience
            felt = wait_felt(hours * HOUR, tolerated * HOUR) * customer.ways.urgency
            answered_at = scene.in_open_hours(hours)
            scene.at(answered_at, self._answer, customer, case, contact_id, channel, None, felt)

    def _answer(
        self,
        customer: Customer,
        case: Case,
        contact_id: str,
        channel: Channel,
        waited: float | None,
        felt: float,
    ) -> None:
        """A person takes it. `waited` is in ordinary seconds; None where no system could know it."""
        scene, rng = self._scene, customer.rng
        agent = scene.agent_for(customer)
        if waited is not None and rng.random() < _WAIT_RECORDED.get(channel, 0.0):
            waited = round(scene.pace.squeeze(waited), 1)
        else:
            waited = None
        answer = ContactAnswered(
            contact_id=contact_id,
            by="human",
            channel=channel if rng.random() < 0.9 else None,
            agent_id=agent.id,
            waited_s=waited,
            reason=case.reason.text if rng.random() < 0.7 else None,
            case_id=case.id if rng.random() < 0.8 else None,
        )
        scene.publish(sources.OF_CHANNEL[channel], customer.id, answer)
        self._conversations.begin(Talk(customer, case, contact_id, channel, agent, [felt]))

    def _machine(self, customer: Customer, case: Case, contact_id: str, channel: Channel) -> None:
        """A machine answers at once, at any hour: enough for some, in the way of others."""
        scene, rng = self._scene, customer.rng
        answer = ContactAnswered(
            contact_id=contact_id, by="machine", channel=channel, reason=case.reason.text
        )
        scene.publish(sources.OF_CHANNEL[channel], customer.id, answer)
        wants_person = customer.ways.wants == "human"
        if wants_person and rng.random() < 0.3:
            stuck = FrictionMet(what="machine_only", contact_id=contact_id)
            scene.publish_after(40, sources.OF_CHANNEL[channel], customer.id, stuck)
        if not wants_person and rng.random() < (1.0 - case.reason.difficulty) * _MACHINE_SOLVES:
            scene.after(90, self._machine_solved, customer, case, contact_id)
        elif scene.is_open():
            wait = rng.lognormvariate(log(60.0 * scene.strain(customer)), 0.7)
            felt = wait_felt(wait, _CHAT_TOLERATED_S * customer.ways.patience)
            scene.after(90 + wait, self._answer, customer, case, contact_id, channel, wait, felt)
        else:
            scene.after(90, self._machine_postponed, customer, case, wants_person)

    def _machine_solved(self, customer: Customer, case: Case, contact_id: str) -> None:
        case.solved = True
        customer.live_through(self._scene.now, 0.25 * customer.ways.urgency)
        closed = ContactClosed(contact_id=contact_id, resolved=True, case_id=case.id)
        self._scene.publish(sources.CRM, customer.id, closed)

    def _machine_postponed(self, customer: Customer, case: Case, wants_person: bool) -> None:
        """Machine now, a person at opening: a dated promise, where the machine offers one."""
        customer.live_through(self._scene.now, -0.4 if wants_person else -0.1)
        if customer.rng.random() < 0.6:
            self._promises.make(customer, case, None, "a person calls you back after opening", 2.5)
        else:
            self._scene.next_move(customer, case, 8 * HOUR)

    def _miss(
        self,
        customer: Customer,
        case: Case,
        contact_id: str,
        channel: Channel,
        cause: Cause,
        waited: float,
    ) -> None:
        scene, rng = self._scene, customer.rng
        known = waited > 0 and rng.random() < _WAIT_RECORDED.get(channel, 0.0)
        miss = ContactMissed(
            contact_id=contact_id,
            cause=cause,
            channel=channel if rng.random() < 0.9 else None,
            waited_s=round(scene.pace.squeeze(waited), 1) if known else None,
        )
        if cause != "no_reply" or rng.random() < 0.7:
            scene.publish(sources.OF_CHANNEL[channel], customer.id, miss)
        # Finding the door shut at night is a nuisance; ringing out at ten in the morning is a slight.
        excusable = cause in ("out_of_hours", "said_closed") and not scene.is_open()
        customer.live_through(scene.now, (-0.15 if excusable else -0.55) * customer.ways.urgency)
        if channel == "phone" and rng.random() < likely(_CALLED_BACK, scene.strain(customer)):
            scene.at(scene.in_open_hours(rng.uniform(0.3, 6)), self._call_back, customer, case, contact_id)
        else:
            scene.next_move(customer, case, HOUR * rng.uniform(0.3, 30))

    def _call_back(self, customer: Customer, case: Case, contact_id: str) -> None:
        if case.solved or customer.gone:
            return
        scene = self._scene
        agent = scene.agent_for(customer)
        reached = customer.rng.random() < _REACHED
        returned = ContactReturned(contact_id=contact_id, reached=reached, agent_id=agent.id)
        scene.publish(sources.TELEPHONY, customer.id, returned)
        if reached:
            self._conversations.begin(Talk(customer, case, contact_id, "phone", agent, [0.4]))
        else:
            scene.next_move(customer, case, DAY)
