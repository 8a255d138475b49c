"""A person of ours talks to a customer: what is said, how it feels, and what it leaves behind."""

from dataclasses import dataclass, field
from typing import Literal

from events import (
    Channel,
    ContactClosed,
    ContactRetold,
    ContactStrained,
    ContactTransferred,
    Data,
    FactTold,
    FrictionMet,
    GestureMade,
    JudgementMade,
    LatitudeAsked,
    LatitudeUsed,
    RecognitionGreeted,
    RecognitionOverlooked,
    RecognitionRemembered,
    RecognitionThanked,
    RequestRefused,
)
from services.simulator import words
from services.simulator.bond import remembered
from services.simulator.complaints import Complaints
from services.simulator.customer import Case, Customer
from services.simulator.promises import Promises
from services.simulator.scene import Scene, instant
from services.simulator.sources import CRM, OF_CHANNEL
from services.simulator.staff import Agent, likely
from services.simulator.team import Team
from services.simulator.units import DAY
from services.simulator.voice import Voice

_PATCH_SOLVES = 0.3
"""What is left of the odds that a case is solved when the customer's file has gone astray."""
_HELD_SOLVED_WRONGLY = 0.07
_OVERLOOKING_RECORDED = 0.45  # nobody ticks a box for this; it is read off recordings
_SLIGHTS: tuple[Literal["not_greeted", "cold", "misnamed"], ...] = (
    "not_greeted",
    "not_greeted",
    "cold",
    "misnamed",
)
_CLOSING_RECORDED = 0.85
_MISFILED = 0.002


@dataclass(slots=True, eq=False)
class Talk:
    """A conversation under way."""

    customer: Customer
    case: Case
    contact_id: str
    channel: Channel
    agent: Agent
    moments: list[float] = field(default_factory=list)
    clock: float = 3.0
    """Ordinary seconds since it began, for what is said next."""


class Conversations:
    """Everything that can be said once somebody has answered."""

    def __init__(
        self, scene: Scene, promises: Promises, complaints: Complaints, voice: Voice, team: Team
    ) -> None:
        self._scene = scene
        self._promises = promises
        self._complaints = complaints
        self._voice = voice
        self._team = team

    def begin(self, talk: Talk) -> None:
        """Plays the conversation; it ends, and is felt, some minutes from now."""
        strain = self._scene.strain(talk.customer)
        self._greet(talk, strain)
        self._recall(talk, strain)
        self._hear(talk, strain)
        self._hand_over(talk, strain)
        self._meet_procedure(talk)
        talk.customer.last_agent = talk.agent
        talk.case.noted = talk.customer.rng.random() < likely(talk.agent.writes_notes, strain)
        # Tone: felt, never recorded.
        talk.moments.append(talk.agent.tact - 0.55 + talk.customer.rng.gauss(0.0, 0.25))
        self._conclude(talk)

    def _say(self, talk: Talk, seconds: float, data: Data, source: str = CRM) -> None:
        talk.clock += seconds
        self._scene.publish_after(talk.clock, source, talk.customer.id, data)

    def _greet(self, talk: Talk, strain: float) -> None:
        customer, agent = talk.customer, talk.agent
        rng, esteem = customer.rng, customer.ways.esteem
        if rng.random() < likely(agent.greets, strain):
            by_name = rng.random() < agent.uses_name
            talk.moments.append(0.3 * esteem + (customer.ways.likes_name if by_name else 0.0))
            if rng.random() < agent.records:
                told = by_name if rng.random() < 0.8 else None
                self._say(talk, 1.0, RecognitionGreeted(by_name=told, agent_id=agent.id))
        else:
            talk.moments.append(-0.5 * esteem)
            if rng.random() < _OVERLOOKING_RECORDED:
                how = rng.choice(_SLIGHTS)
                self._say(talk, 2.0, RecognitionOverlooked(how=how, agent_id=agent.id))

    def _recall(self, talk: Talk, strain: float) -> None:
        """What the file, or the agent's own memory, says about a customer who is no stranger."""
        customer, agent = talk.customer, talk.agent
        rng, esteem = customer.rng, customer.ways.esteem
        if not customer.facts and customer.last_agent is None:
            return
        if customer.last_agent is agent or rng.random() < likely(agent.reads_file, strain):
            talk.moments.append(0.5 * esteem)
            if rng.random() < 0.7 * agent.records:
                what = rng.choice(customer.facts) if customer.facts else "the last time we spoke"
                self._say(talk, 6.0, RecognitionRemembered(what=what, agent_id=agent.id))
        elif rng.random() < 0.45:
            talk.moments.append(-0.65 * esteem)
            if rng.random() < _OVERLOOKING_RECORDED:
                unread = RecognitionOverlooked(
                    how="asked_known_fact" if customer.facts else "treated_as_new", agent_id=agent.id
                )
                self._say(talk, 6.0, unread)

    def _hear(self, talk: Talk, strain: float) -> None:
        """The customer tells it: for the first time, once more, or not at all because it is known."""
        customer, case, agent = talk.customer, talk.case, talk.agent
        rng = customer.rng
        if case.tellings == 0:
            case.tellings = 1
            talk.clock += 20.0
        elif case.noted and rng.random() < likely(agent.reads_file, strain):
            talk.moments.append(0.55 * customer.ways.esteem)
            if rng.random() < agent.records:
                self._say(talk, 8.0, RecognitionRemembered(what=case.reason.text, agent_id=agent.id))
        else:
            self._retell(talk)
        if len(customer.facts) < len(words.FACTS) and rng.random() < 0.2 * customer.ways.chatty:
            key, value = rng.choice(words.FACTS)
            if value not in customer.facts:
                customer.facts.append(value)
                self._say(talk, 15.0, FactTold(key=key, value=value))

    def _retell(self, talk: Talk) -> None:
        customer, case = talk.customer, talk.case
        case.tellings += 1
        talk.moments.append(-0.25 * case.tellings * customer.ways.esteem)
        known = customer.rng.random() < 0.85
        retold = ContactRetold(
            contact_id=talk.contact_id, reason=case.reason.text, case_id=case.id if known else None
        )
        self._say(talk, 25.0, retold)

    def _hand_over(self, talk: Talk, strain: float) -> None:
        """Whoever cannot help hands over, and what was said may not travel along."""
        customer, case, agent = talk.customer, talk.case, talk.agent
        rng = customer.rng
        odds = 0.03 if agent.team == case.reason.team else 0.20
        if talk.channel in ("email", "form", "post") or rng.random() >= odds * strain:
            return
        if rng.random() < 0.25:
            blocked = FrictionMet(what="not_my_department", contact_id=talk.contact_id, agent_id=agent.id)
            self._say(talk, 10.0, blocked)
        colleague = self._scene.agent_for(customer)
        if colleague is agent:
            return
        moved = ContactTransferred(
            contact_id=talk.contact_id, from_agent=agent.id, to_agent=colleague.id, case_id=case.id
        )
        self._say(talk, 20.0, moved, OF_CHANNEL[talk.channel])
        talk.moments.append(-0.2 * customer.ways.urgency)
        talk.agent = colleague
        if rng.random() >= likely(agent.writes_notes, strain) * 0.7:
            talk.clock += 30.0
            self._retell(talk)

    def _meet_procedure(self, talk: Talk) -> None:
        rng, agent = talk.customer.rng, talk.agent
        if rng.random() < 0.09 * (1.0 - agent.tact):
            talk.moments.append(-0.5)
            hidden = FrictionMet(what="behind_procedure", contact_id=talk.contact_id, agent_id=agent.id)
            self._say(talk, 20.0, hidden)

    def _conclude(self, talk: Talk) -> None:
        customer, case, agent = talk.customer, talk.case, talk.agent
        rng, scene = customer.rng, self._scene
        odds = (1.0 - case.reason.difficulty) * agent.skill + 0.08 * case.tries
        if customer.in_patch(scene.now):
            odds *= _PATCH_SOLVES
        solved = refused = promised = False
        if case.reason.refusal and rng.random() < 0.35:
            refused = True
            what, why = case.reason.refusal
            # An explained no is no fault of anyone's; whether it is accepted depends on how it was said.
            accepted = rng.random() < 0.2 + 0.5 * agent.tact + 0.2 * customer.mood(scene.now)
            talk.moments.append(0.05 if accepted else -0.4)
            refusal = RequestRefused(what=what, why=why, accepted=accepted if rng.random() < 0.7 else None)
            self._say(talk, 40.0, refusal)
        elif rng.random() < odds:
            solved = True
            talk.moments.append(0.5 * customer.ways.urgency)
            self._add_kindness(talk)
        elif rng.random() < 0.75:
            promised = True
            talk.moments.append(0.05)
        else:
            talk.moments.append(-0.4 * customer.ways.urgency)
        if rng.random() < 0.3 * agent.thanks:
            talk.moments.append(0.35 * customer.ways.esteem)
            thanks = RecognitionThanked(occasion=rng.choice(words.THANKS), agent_id=agent.id)
            self._say(talk, 10.0, thanks)
        talk.clock += rng.lognormvariate(5.3, 0.6)
        scene.after(talk.clock, self._end, talk, solved, refused, promised)

    def _add_kindness(self, talk: Talk) -> None:
        """Now and then an agent does more than is owed, most readily for someone who was tried."""
        customer, agent = talk.customer, talk.agent
        rng = customer.rng
        if rng.random() >= 0.015 + 0.03 * talk.case.letdowns:
            return
        decided = rng.random() < agent.latitude
        asks = LatitudeUsed(agent_id=agent.id) if decided else LatitudeAsked(agent_id=agent.id)
        self._say(talk, 30.0, asks)
        what, cost = rng.choice(words.GESTURES)
        gesture = GestureMade(gesture_id=customer.next_id("g"), what=what, cost=cost, agent_id=agent.id)
        self._say(talk, 20.0, gesture)
        talk.moments.append(0.8)

    def _end(self, talk: Talk, solved: bool, refused: bool, promised: bool) -> None:
        scene, customer, case, agent = self._scene, talk.customer, talk.case, talk.agent
        rng, now = customer.rng, scene.now
        customer.live_through(now, *talk.moments)
        felt = remembered(talk.moments)
        if solved or rng.random() < _CLOSING_RECORDED:
            closed = ContactClosed(
                contact_id=talk.contact_id, resolved=solved or refused, case_id=case.id, agent_id=agent.id
            )
            scene.publish(CRM, customer.id, closed)
        if felt < -0.25 and rng.random() < 0.2:
            scene.publish(CRM, customer.id, ContactStrained(agent_id=agent.id, contact_id=talk.contact_id))
            self._team.care_for(agent)
        self._judge(talk)
        self._voice.after_talk(customer, agent, felt)
        if rng.random() < _MISFILED:
            self._complaints.misfile(customer)
        if solved and rng.random() < _HELD_SOLVED_WRONGLY:
            scene.next_move(customer, case, rng.uniform(1, 10) * DAY)
        elif solved or refused:
            case.solved = True
            self._promises.settle_case(customer, case)
        elif promised:
            self._promises.make(customer, case, agent, case.reason.promise, case.reason.open_hours)
        else:
            scene.next_move(customer, case, DAY)

    def _judge(self, talk: Talk) -> None:
        """Rarely, an agent writes down how the relation seems to them: what they see is not what is."""
        scene, customer = self._scene, talk.customer
        rng = customer.rng
        bond = customer.bond.at(scene.now)
        if rng.random() >= (0.02 if bond < 35.0 or bond > 80.0 else 0.003):
            return
        seen = max(0.0, min(100.0, bond + rng.gauss(0.0, 12.0)))
        judgement = JudgementMade(
            health=round(seen),
            agent_id=talk.agent.id,
            reason=rng.choice(words.JUDGEMENTS_LOW if seen < 50.0 else words.JUDGEMENTS_HIGH),
            until=instant(scene.now + 21 * DAY),
        )
        scene.publish(CRM, customer.id, judgement)
