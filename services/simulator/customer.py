"""What the world keeps about one customer between two events."""

from dataclasses import dataclass, field
from random import Random

from services.simulator.bond import Bond, remembered
from services.simulator.staff import Agent
from services.simulator.temperament import Temperament
from services.simulator.words import Reason

_EPISODE_NOISE = 0.16


@dataclass(slots=True, eq=False)
class Case:
    """Something a customer needs; it may take several contacts."""

    id: str
    reason: Reason
    tellings: int = 0
    """How often the customer has told it to a person."""
    tries: int = 0
    """Contacts attempted about it."""
    letdowns: int = 0
    """How often it was left with the customer."""
    noted: bool = False
    """Whether the last person wrote down what was said."""
    solved: bool = False
    """Whether it is over for the customer, one way or another."""


@dataclass(slots=True, eq=False)
class Promise:
    """A promise to a customer that is neither kept, released nor broken."""

    id: str
    case: Case
    agent: Agent | None
    due: float
    noticed: bool = False
    """Whether the customer has already been disappointed by it."""


@dataclass(slots=True, eq=False)
class Customer:
    """One customer."""

    id: str
    area: int
    rng: Random
    ways: Temperament
    bond: Bond
    promises: list[Promise] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    """What they have told us about themselves, as an agent would say it."""
    last_agent: Agent | None = None
    complaint: str | None = None
    """The id of the complaint that stands open."""
    patch_until: float = 0.0
    """When the bad patch ends in which everyone's habits fail this customer."""
    subscribed: bool = True
    """Whether they let us write to them."""
    silent: bool = False
    """Whether they have given us up without saying so."""
    gone: bool = False
    """Whether they have cancelled."""
    serial: int = 0

    def next_id(self, kind: str) -> str:
        """A fresh id for a matter of this customer: `k` a contact, `p` a promise, and so on."""
        self.serial += 1
        return f"{kind}-{self.id[2:]}-{self.serial}"

    def mood(self, now: float) -> float:
        """The bond as a share, from 0 to 1: what all behaviour is drawn from."""
        return self.bond.at(now) / 100.0

    def live_through(self, now: float, *moments: float) -> None:
        """An episode, as its moments from -1 to 1, after this customer's own weights."""
        self.bond.experience(now, remembered(moments, self.rng.gauss(0.0, _EPISODE_NOISE)))

    def in_patch(self, now: float) -> bool:
        """Whether everyone's habits fail this customer at present."""
        return now < self.patch_until
