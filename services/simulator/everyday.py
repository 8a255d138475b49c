"""Life between contacts: purchases, renewals, letters, preferences, dead pages, and what is elsewhere."""

from typing import Literal

from events import (
    ConsentGiven,
    ConsentWithdrawn,
    CustomerLinked,
    ExchangePurchased,
    ExchangeRenewed,
    ExchangeVisited,
    FrictionMet,
    PreferenceSet,
    RecognitionCelebrated,
    RecognitionThanked,
    RecordContested,
    SolicitationSent,
)
from services.simulator import words
from services.simulator.customer import Customer
from services.simulator.leaving import Leaving
from services.simulator.scene import Scene
from services.simulator.sources import BILLING, CRM, MARKETING, SHOP, WEB
from services.simulator.units import DAY, HOUR
from services.simulator.voice import Voice

_ELSEWHERE_SPREAD = 0.04
_DEAD_ENDS: tuple[Literal["dead_page", "no_phone", "lost", "wrong_hours"], ...] = (
    "dead_page",
    "no_phone",
    "lost",
    "wrong_hours",
)
_YEAR = 365.25 * DAY


class Everyday:
    """One stream of small things for each customer, and a renewal once a year."""

    def __init__(self, scene: Scene, voice: Voice, leaving: Leaving) -> None:
        self._scene = scene
        self._voice = voice
        self._leaving = leaving
        # How often each happens to a customer, per day.
        self._rates = {
            self.run_errand: 0.045,
            self._write_to: 0.045,
            self._live_elsewhere: 0.022,
            self._browse: 0.004,
            self._state_preference: 0.004,
            self._voice.state_perception: 0.003,
            self._contest: 0.0002,
        }
        self._acts = tuple(self._rates)
        self._weights = tuple(self._rates.values())
        self._total = sum(self._weights)

    def begin(self, customer: Customer) -> None:
        """From now on, things happen to this customer."""
        self._await(customer)
        self._scene.at(self._scene.now + customer.rng.random() * _YEAR, self._renew, customer)

    def run_errand(self, customer: Customer) -> None:
        """A purchase or a visit: context, and nothing to do with how they feel."""
        rng = customer.rng
        if rng.random() < 0.5:
            self._scene.publish(SHOP, customer.id, ExchangeVisited())
        else:
            amount = round(rng.lognormvariate(3.2, 0.7), 2)
            self._scene.publish(SHOP, customer.id, ExchangePurchased(amount=amount, currency="EUR"))

    def _await(self, customer: Customer) -> None:
        gap = customer.rng.expovariate(self._total) * DAY
        self._scene.at(self._scene.now + gap, self._happen, customer)

    def _happen(self, customer: Customer) -> None:
        if not customer.gone:
            customer.rng.choices(self._acts, self._weights)[0](customer)
            self._await(customer)

    def _live_elsewhere(self, customer: Customer) -> None:
        customer.bond.drift(self._scene.now, customer.rng.gauss(0.0, _ELSEWHERE_SPREAD))

    def _write_to(self, customer: Customer) -> None:
        if not customer.subscribed:
            return
        scene, rng, tires = self._scene, customer.rng, customer.ways.tires_of_mail
        scene.publish(
            MARKETING, customer.id, SolicitationSent(kind="newsletter" if rng.random() < 0.7 else "offer")
        )
        if rng.random() < 0.4 * tires:
            customer.live_through(scene.now, -0.3 * tires)
            if rng.random() < 0.3 * tires:
                customer.subscribed = False
                withdrawn = ConsentWithdrawn(purpose="newsletter")
                scene.publish_after(rng.uniform(60, 2 * HOUR), WEB, customer.id, withdrawn)

    def _browse(self, customer: Customer) -> None:
        """A page that leads nowhere; some of them are met by a visitor whom we know only later."""
        scene, rng = self._scene, customer.rng
        what = rng.choice(_DEAD_ENDS)
        friction = FrictionMet(what=what, where=rng.choice(words.FRICTION_PLACES))
        customer.live_through(scene.now, -0.3)
        if rng.random() < 0.6:
            scene.publish(WEB, customer.id, friction)
            return
        visitor = f"visitor:{customer.next_id('v')}"
        scene.publish(WEB, visitor, friction)
        scene.publish_after(rng.uniform(0.05, 30) * HOUR, WEB, customer.id, CustomerLinked(alias=visitor))

    def _state_preference(self, customer: Customer) -> None:
        rng, ways = customer.rng, customer.ways
        lot = rng.random()
        if lot < 0.4:
            preference = PreferenceSet(contact_by=ways.wants, channel=ways.main_channel)
        elif lot < 0.55:
            preference = PreferenceSet(hours=rng.choice(("09:00-12:00", "16:00-19:00", "12:00-14:00")))
        elif lot < 0.65:
            preference = PreferenceSet(language=rng.choice(("fr", "fr", "en", "de")))
        elif lot < 0.68:
            preference = PreferenceSet(timezone="Indian/Reunion")
        else:
            customer.subscribed = True
            self._scene.publish(WEB, customer.id, ConsentGiven(purpose="newsletter"))
            return
        self._scene.publish(WEB, customer.id, preference)

    def _contest(self, customer: Customer) -> None:
        contested = RecordContested(about="a note on the file", reason="that was not me")
        self._scene.publish(CRM, customer.id, contested)

    def _renew(self, customer: Customer) -> None:
        if customer.gone:
            return
        scene, rng = self._scene, customer.rng
        if customer.mood(scene.now) < 0.35 and rng.random() < 0.35:
            self._leaving.cancel(customer)
            return
        renewed = ExchangeRenewed(amount=round(rng.uniform(240, 540), 2), currency="EUR")
        scene.publish(BILLING, customer.id, renewed)
        lot = rng.random()
        if lot < 0.2:
            customer.live_through(scene.now, 0.5 * customer.ways.esteem)
            occasion = rng.choice(words.OCCASIONS)
            scene.publish_after(11 * HOUR, CRM, customer.id, RecognitionCelebrated(occasion=occasion))
        elif lot < 0.45:
            customer.live_through(scene.now, 0.3 * customer.ways.esteem)
            thanks = RecognitionThanked(occasion="another year with us")
            scene.publish_after(11 * HOUR, CRM, customer.id, thanks)
        scene.at(scene.now + _YEAR, self._renew, customer)
