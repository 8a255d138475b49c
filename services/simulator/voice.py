"""The customer's voice beyond complaints: praise, feedback, suggestions, recommendations, statements."""

from events import (
    CustomerRecommended,
    FeedbackGiven,
    PerceptionStated,
    PraiseGiven,
    SolicitationSent,
    SuggestionAdopted,
    SuggestionDeclined,
    SuggestionMade,
)
from services.simulator import words
from services.simulator.customer import Customer
from services.simulator.scene import Scene
from services.simulator.sources import CRM, MARKETING, SURVEYS, WEB
from services.simulator.staff import Agent
from services.simulator.team import Team
from services.simulator.units import DAY, HOUR

_SURVEYED = 0.22
_SURVEY_ANSWERED = 0.25
_STATEMENT_NOISE = 9.0


class Voice:
    """Happy customers speak up seldom, and unhappy ones answer surveys a little more than contented ones."""

    def __init__(self, scene: Scene, team: Team) -> None:
        self._scene = scene
        self._team = team

    def after_talk(self, customer: Customer, agent: Agent, felt: float) -> None:
        """What a contact that felt like this, from -1 to 1, moves the customer to say."""
        rng = customer.rng
        mood = customer.mood(self._scene.now)
        if felt > 0.3 and rng.random() < (0.04 + 0.12 * customer.ways.chatty) * felt:
            self.praise(customer, agent)
        if mood > 0.7 and rng.random() < 0.03:
            self._scene.publish(CRM, customer.id, CustomerRecommended(to=None))
        if rng.random() < 0.02 * customer.ways.chatty:
            self.suggest(customer)
        if customer.subscribed and rng.random() < _SURVEYED:
            self._scene.after(rng.uniform(1, 30) * HOUR, self._survey, customer, felt)

    def praise(self, customer: Customer, agent: Agent | None) -> None:
        """The customer thanks somebody, and mostly it reaches them."""
        rng = customer.rng
        note = rng.choice(words.PRAISE) if rng.random() < 0.6 else None
        agent_id = agent.id if agent else None
        self._scene.publish(CRM, customer.id, PraiseGiven(agent_id=agent_id, note=note))
        if agent:
            self._team.thank(agent, note)

    def suggest(self, customer: Customer) -> None:
        """The customer proposes how to do better; some proposals are never heard of again."""
        rng = customer.rng
        suggestion = customer.next_id("s")
        self._scene.publish(WEB, customer.id, SuggestionMade(suggestion_id=suggestion))
        lot, seconds = rng.random(), rng.uniform(3, 40) * DAY
        if lot < 0.25:
            self._scene.after(seconds, self._adopt, customer, suggestion)
        elif lot < 0.6:
            declined = SuggestionDeclined(suggestion_id=suggestion)
            self._scene.publish_after(seconds, CRM, customer.id, declined)

    def state_perception(self, customer: Customer) -> None:
        """The customer says how healthy the relation is: the bond through a person, and noise."""
        bond = customer.bond.at(self._scene.now)
        stated = bond + customer.ways.scale_bias + customer.rng.gauss(0.0, _STATEMENT_NOISE)
        self._scene.publish(SURVEYS, customer.id, PerceptionStated(health=_on_scale(stated)))

    def _adopt(self, customer: Customer, suggestion: str) -> None:
        self._scene.publish(CRM, customer.id, SuggestionAdopted(suggestion_id=suggestion))
        customer.live_through(self._scene.now, 0.7 * customer.ways.esteem)

    def _survey(self, customer: Customer, felt: float) -> None:
        rng = customer.rng
        self._scene.publish(MARKETING, customer.id, SolicitationSent(kind="survey"))
        if rng.random() < _SURVEY_ANSWERED * (0.8 + 0.6 * abs(felt)):
            score = 55.0 + 40.0 * felt + customer.ways.scale_bias + rng.gauss(0.0, 10.0)
            feedback = FeedbackGiven(score=_on_scale(score), about=words.FEEDBACK_ABOUT)
            self._scene.publish_after(rng.uniform(0.1, 40) * HOUR, SURVEYS, customer.id, feedback)


def _on_scale(value: float) -> int:
    return round(max(0.0, min(100.0, value)))
