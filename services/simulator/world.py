"""The world: everything wired together, advanced from outside and never ahead of the instant asked for."""

from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random

from events import Event
from services.simulator.attention import Attention
from services.simulator.complaints import Complaints
from services.simulator.contacts import Contacts
from services.simulator.conversation import Conversations
from services.simulator.customer import Customer
from services.simulator.everyday import Everyday
from services.simulator.hours import Hours
from services.simulator.incidents import Incidents
from services.simulator.leaving import Leaving
from services.simulator.live import Live
from services.simulator.moves import Moves
from services.simulator.pace import LIVE, Pace
from services.simulator.promises import Promises
from services.simulator.scene import Scene
from services.simulator.staff import AREAS, Staff
from services.simulator.team import Team
from services.simulator.temperament import draw_bond, draw_temperament
from services.simulator.voice import Voice


class World:
    """A brand and its customers. The same arguments and calls give the same events, byte for byte."""

    def __init__(self, customers: int, seed: int, start: datetime) -> None:
        """Customers are called `c-000001` and so on; `start` needs an offset."""
        if customers < 1:
            raise ValueError("A world needs at least one customer.")
        began = _seconds(start)
        self._customers = {
            customer.id: customer
            for customer in (_draw(number, seed, began) for number in range(1, customers + 1))
        }
        everyone = tuple(self._customers.values())
        staff = Staff(customers=customers, seed=seed)
        self._scene = scene = Scene(hours=Hours(seed), staff=staff, start=began)
        team = Team(scene, Random(f"{seed}:team"))
        voice = Voice(scene, team)
        leaving = Leaving(scene)
        promises = Promises(scene)
        complaints = Complaints(scene, leaving)
        conversations = Conversations(scene, promises, complaints, voice, team)
        moves = Moves(scene, Contacts(scene, conversations, promises), complaints, leaving)
        scene.next_move = moves.next_move
        everyday = Everyday(scene, voice, leaving)
        incidents = Incidents(scene, moves, everyone, Random(f"{seed}:incidents"))
        self._attention = Attention(scene, promises, voice)
        self._live = Live(
            scene=scene,
            moves=moves,
            everyday=everyday,
            voice=voice,
            incidents=incidents,
            team=team,
            customers=everyone,
            rng=Random(f"{seed}:live"),
        )
        team.begin()
        incidents.begin()
        for customer in everyone:
            moves.await_need(customer)
            everyday.begin(customer)

    @property
    def now(self) -> datetime:
        """How far the world has been advanced."""
        return datetime.fromtimestamp(self._scene.now, UTC)

    @property
    def customers(self) -> tuple[str, ...]:
        """Every customer's id, those who have cancelled included."""
        return tuple(self._customers)

    def advance(self, until: datetime) -> Iterator[Event]:
        """Lives on until an instant and yields what is published, in time order, none of it later.

        Time passes while this is iterated: a caller who stops early finds the rest at the next call. Many
        small steps give the same events as one large step.
        """
        return self._play(until, _seconds(until))

    def truth(self, customer: str) -> float:
        """The hidden bond of a customer now, from 0 to 100. Raises KeyError for a stranger."""
        return self._customers[customer].bond.at(self._scene.now)

    def bonds(self) -> Iterator[tuple[str, float]]:
        """Every customer's hidden bond now. Advance day by day to sample it daily; that changes nothing."""
        now = self._scene.now
        for customer in self._customers.values():
            yield customer.id, customer.bond.at(now)

    def in_bad_patch(self, customer: str) -> bool:
        """Whether a customer's file has gone astray, so that at present everyone's habits fail them."""
        return self._customers[customer].in_patch(self._scene.now)

    def quicken(self, at: datetime, pace: Pace = LIVE) -> None:
        """From an instant on, life goes at another pace; `ORDINARY` brings the usual one back."""
        self._scene.at(_seconds(at), self._live.change_pace, pace)

    def notice_outreach(self, customer: str, prompt_id: str, at: datetime) -> None:
        """An agent has handled a prompt: a few seconds after `at` the customer reacts, and things may mend.

        Prompts about subjects who are no customers of this world (agents, visitors) find nobody to react.
        """
        someone = self._customers.get(customer)
        if someone is not None:
            self._attention.notice(someone, prompt_id, _seconds(at))

    def lift(self, customer: str, amount: float) -> None:
        """A study plants an effect: a customer's hidden trust shifts now, by so much of a whole."""
        self._customers[customer].bond.drift(self._scene.now, amount)

    def _play(self, until: datetime, limit: float) -> Iterator[Event]:
        scene = self._scene
        published = scene.published
        while True:
            # What an earlier caller left behind may be later than what this one asks for.
            while published and published[0].time <= until:
                yield published.popleft()
            if not scene.act(limit):
                return


def _draw(number: int, seed: int, start: float) -> Customer:
    # A stream of their own for each customer: what is done to one does not change another's luck.
    rng = Random(f"{seed}:customer:{number}")
    return Customer(
        id=f"c-{number:06d}",
        area=number % AREAS,
        rng=rng,
        ways=draw_temperament(rng),
        bond=draw_bond(rng, start),
    )


def _seconds(time: datetime) -> float:
    if time.tzinfo is None:
        raise ValueError(f"{time.isoformat()} has no offset: which instant is it?")
    return time.timestamp()
