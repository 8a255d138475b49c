"""A person of ours reaches out because they were prompted to, and the customer takes it some way."""

from typing import Literal

from events import OutreachReacted
from services.simulator.customer import Customer
from services.simulator.promises import Promises
from services.simulator.scene import Scene
from services.simulator.sources import CRM
from services.simulator.voice import Voice

Reaction = Literal["welcome", "neutral", "unwelcome", "none"]

_REACTS_AFTER_S = (2.0, 8.0)
_PROMISE_KEPT = 0.85
_PRAISE = 0.3
_FELT: dict[Reaction, float] = {"welcome": 0.75, "neutral": 0.2, "unwelcome": -0.35, "none": 0.05}


class Attention:
    """How customers take being reached out to, which depends on their bond and on what they are owed."""

    def __init__(self, scene: Scene, promises: Promises, voice: Voice) -> None:
        self._scene = scene
        self._promises = promises
        self._voice = voice
        self._noticed: set[str] = set()

    def notice(self, customer: Customer, prompt_id: str, at: float) -> None:
        """An agent has handled a prompt about this customer; a second notice of it changes nothing."""
        if prompt_id in self._noticed:
            return
        self._noticed.add(prompt_id)
        when = max(at, self._scene.now) + customer.rng.uniform(*_REACTS_AFTER_S)
        self._scene.at(when, self._react, customer, prompt_id)

    def _react(self, customer: Customer, prompt_id: str) -> None:
        scene, rng = self._scene, customer.rng
        reaction = self._draw_reaction(customer)
        scene.publish(CRM, customer.id, OutreachReacted(prompt_id=prompt_id, reaction=reaction))
        customer.live_through(scene.now, _FELT[reaction] * customer.ways.esteem)
        customer.patch_until = min(customer.patch_until, scene.now)
        if reaction == "welcome":
            customer.silent = False
        promise = self._promises.overdue(customer)
        if promise and rng.random() < _PROMISE_KEPT:
            after = rng.uniform(*_REACTS_AFTER_S)
            scene.at(scene.now + after, self._promises.keep_after_all, customer, promise)
        if reaction == "welcome" and rng.random() < _PRAISE:
            scene.at(scene.now + rng.uniform(*_REACTS_AFTER_S), self._voice.praise, customer, None)

    def _draw_reaction(self, customer: Customer) -> Reaction:
        rng, ways = customer.rng, customer.ways
        owed = bool(self._promises.overdue(customer) or customer.complaint)
        mood = customer.mood(self._scene.now)
        if customer.gone or rng.random() < 0.06:
            return "none"
        unwelcome = 0.04 + (0.0 if owed else 0.12 * ways.tires_of_mail) + 0.08 * (1.0 - mood)
        neutral = 0.12 if owed else 0.22
        lot = rng.random()
        if lot < unwelcome:
            return "unwelcome"
        return "neutral" if lot < unwelcome + neutral else "welcome"
