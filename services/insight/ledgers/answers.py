"""What the routes of ledgers answer. None of them says which agent it was: nobody is ranked by them."""

from datetime import datetime
from typing import Literal

import msgspec

from events import Channel
from projections.explanation import PromiseState

Owing = Literal["overdue", "due_soon", "open"]
"""What is still owed: past its due, due within a span, or due later than now at all."""

Ended = Literal["kept", "kept_late", "broken", "released"]
"""What became of a promise that is owed no more."""

Recognition = Literal["remembered", "overlooked"]


class Pledged(msgspec.Struct, frozen=True, kw_only=True):
    """A promise, in a list over all customers."""

    customer: str
    """Under which id it was made: a customer's, or `agent:<id>`."""
    promise_id: str
    state: PromiseState
    what: str | None
    due: datetime | None
    """As last agreed."""
    first_due: datetime | None
    """As it was made."""
    made_at: datetime | None
    renegotiated_at: datetime | None
    ended_at: datetime | None
    to: str
    """To whom: `customer` or `agent`."""


class PromisePage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of promises. Of those that ended it may hold few, or none, and still have a next one."""

    taken_at: datetime
    promises: list[Pledged]
    next_page_token: str | None


class Retelling(msgspec.Struct, frozen=True, kw_only=True):
    """Once that something was told again, and the event that says so."""

    at: datetime
    subject: str
    contact_id: str
    suspected: bool
    """True where nobody published it: the case came back, and somebody else answered."""
    source: str
    id: str


class Thread(msgspec.Struct, frozen=True, kw_only=True):
    """What was told more than once: a case, or where none is known a reason."""

    case_id: str | None
    reason: str | None
    tellings: int
    """The first, and each retelling that was published."""
    suspected: int
    """How many more there may have been."""
    first_at: datetime
    last_at: datetime
    again: list[Retelling]
    """Oldest first."""


class Tellings(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer told more than once, that which was told last first."""

    customer: str
    canonical: str
    aliases: list[str]
    taken_at: datetime
    threads: list[Thread]


class ToldAgain(msgspec.Struct, frozen=True, kw_only=True):
    """Once that a customer told something again, in a list over all customers."""

    customer: str
    """The id that the person is known by."""
    case_id: str | None
    reason: str | None
    telling: int
    """Which telling it was, by what was published; a suspected one is the next after the published ones."""
    suspected: bool
    at: datetime
    contact_id: str


class ToldPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of what was told again. It may hold few, or none, and still have a next one."""

    told: list[ToldAgain]
    next_page_token: str | None


class Awaiting(msgspec.Struct, frozen=True, kw_only=True):
    """A contact that nobody has answered."""

    customer: str
    """Under which id it was published."""
    contact_id: str
    channel: Channel
    reason: str | None
    case_id: str | None
    since: datetime
    waited_s: float
    """Seconds in which the channel was open, until now or until the customer has surely given up."""
    expected_s: float
    """Seconds within which this channel is expected to answer."""
    missed: str | None
    """How it was missed, where somebody says so."""
    given_up: bool
    """Whether it is so long ago that the customer has surely given up."""


class Waits(msgspec.Struct, frozen=True, kw_only=True):
    """The contacts of a customer that wait for an answer, the oldest first."""

    customer: str
    canonical: str
    aliases: list[str]
    taken_at: datetime
    contacts: list[Awaiting]


class WaitsPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of contacts that wait for an answer, the oldest first."""

    taken_at: datetime
    contacts: list[Awaiting]
    next_page_token: str | None


class Recognised(msgspec.Struct, frozen=True, kw_only=True):
    """Once that a customer was remembered, or overlooked."""

    customer: str
    """Under which id it was published."""
    kind: Recognition
    what: str
    """What was remembered, in the publisher's words; or how the customer was overlooked."""
    at: datetime
    source: str
    id: str


class RecognitionLedger(msgspec.Struct, frozen=True, kw_only=True):
    """How often a customer was remembered and overlooked, and each time, the latest first."""

    customer: str
    canonical: str
    aliases: list[str]
    taken_at: datetime
    remembered: int
    overlooked: int
    overlooked_how: dict[str, int]
    """How often in which way."""
    times: list[Recognised]


class RecognitionPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of times at which customers were remembered or overlooked, the latest first."""

    times: list[Recognised]
    next_page_token: str | None
