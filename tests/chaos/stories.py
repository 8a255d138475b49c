"""What happens to customers: short stories, many told at once, whose events come one by one. Pure."""

import heapq
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import NamedTuple

import msgspec

from events import (
    Channel,
    ComplaintRaised,
    ComplaintSettled,
    ContactAnswered,
    ContactAttempted,
    ContactClosed,
    ContactMissed,
    ContactRetold,
    ContactReturned,
    ContactTransferred,
    CustomerLinked,
    CustomerUnlinked,
    Data,
    Event,
    EventRetracted,
    ExchangePurchased,
    FactTold,
    FeedbackGiven,
    FrictionMet,
    OutreachMade,
    PraiseGiven,
    PreferenceSet,
    PromiseBroken,
    PromiseKept,
    PromiseMade,
    PromiseReleased,
    PromiseRenegotiated,
    RecognitionGreeted,
    RecognitionOverlooked,
    RecognitionRemembered,
    RecordContested,
    TeamShiftEnded,
    TeamShiftStarted,
    make,
)
from projections.triggers.decision import prompt_id

SOURCES = ("/telephone", "/shop", "/crm")

_GUESTS = 600
"""Customers to whom things happen evenly."""
_LINKABLE = 120
"""Of these, so many are linked now and then, four by four; the others never."""
_HOT = 5
"""Customers to whom much happens, others every minute: nobody's history grows without end."""
_HOT_SHARE = 0.2

_HOUR = 3600.0
_DAY = 24 * _HOUR


class Scene(NamedTuple):
    """One thing that happens in a story."""

    after: float
    """Seconds after the story's beginning; the first scene is at 0."""
    data: Data


class Stories:
    """Tells stories, many at once."""

    def __init__(self, draw: Random) -> None:
        self._draw = draw
        self._numbers = count(1)
        self._waiting: list[tuple[float, int, Event]] = []
        self._lately: deque[Event] = deque(maxlen=1500)

    def next(self, at: float, now: datetime) -> Event:
        """What happens next, at `at` seconds after the beginning, which is `now`.

        It is the next scene of a story whose time has come, or else the first of another.
        """
        if not self._waiting or self._waiting[0][0] > at:
            self._begin(at, now)
        return heapq.heappop(self._waiting)[2]

    def _begin(self, at: float, now: datetime) -> None:
        lot = self._draw.random()
        if lot < _SLIGHTS:
            self._tell(f"slighted-{next(self._numbers)}", self._slights(), at, now)
        elif lot < _SLIGHTS + _WISHES:
            customer = f"wishing-{next(self._numbers)}"
            self._tell(customer, self._wish(customer, now), at, now)
        elif lot < _SLIGHTS + _WISHES + _WORDS:
            [word] = self._draw.choices([*_RECORD], [*_RECORD.values()])
            customer, data = word(self)
            self._tell(customer, [Scene(0, data)], at, now)
        else:
            [story] = self._draw.choices([*_STORIES], [*_STORIES.values()])
            begins = now - timedelta(seconds=self._before())
            self._tell(self._customer(at), story(self, begins), at, begins)

    def _tell(self, customer: str, scenes: list[Scene], at: float, begins: datetime) -> None:
        for scene in scenes:
            event = make(
                scene.data,
                subject=customer,
                source=self._draw.choice(SOURCES),
                id=f"e{next(self._numbers)}",
                time=begins + timedelta(seconds=round(scene.after, 3)),
            )
            self._lately.append(event)
            heapq.heappush(self._waiting, (at + scene.after, next(self._numbers), event))

    def _customer(self, at: float) -> str:
        if self._draw.random() < _HOT_SHARE:
            return f"hot-{int(at // 60)}-{self._draw.randrange(_HOT)}"
        return f"guest-{self._draw.randrange(_GUESTS):03}"

    def _before(self) -> float:
        """How long ago a story was, in seconds: most are of now, some come late by hours or weeks.

        None is about as late as a trigger's freshness: who is prompted must not depend on the moment.
        """
        lot = self._draw.random()
        if lot < 0.88:
            return 0.0
        return self._draw.uniform(0.5 * _HOUR, 12 * _HOUR) if lot < 0.95 else self._draw.uniform(4, 40) * _DAY

    def _name(self, kind: str) -> str:
        return f"{kind}{next(self._numbers)}"

    # --------------------------------------------------------------------------------------- stories

    def _answered(self, _: datetime) -> list[Scene]:
        name, wait = self._name("c"), self._draw.uniform(0.5, 8)
        known = round(wait, 1) if self._draw.random() < 0.5 else None
        channels: tuple[Channel, ...] = ("phone", "chat", "store")
        found = [
            Scene(0, ContactAttempted(contact_id=name, channel=self._draw.choice(channels))),
            Scene(wait, ContactAnswered(contact_id=name, by="human", waited_s=known)),
        ]
        if self._draw.random() < 0.3:
            found.append(Scene(wait + 2, ContactClosed(contact_id=name, resolved=True)))
        return found

    def _missed(self, _: datetime) -> list[Scene]:
        name, wait = self._name("c"), self._draw.uniform(0.5, 5)
        found = [
            Scene(0, ContactAttempted(contact_id=name, channel="phone")),
            Scene(wait, ContactMissed(contact_id=name, cause="rang_out", waited_s=round(wait, 1))),
        ]
        if self._draw.random() < 0.5:
            later = wait + self._draw.uniform(2, 15)
            found.append(Scene(later, ContactReturned(contact_id=name, reached=self._draw.random() < 0.8)))
        return found

    def _promise(self, begins: datetime) -> list[Scene]:
        """Most are due while the run lasts; of these some are kept, some late, and some never settled.

        The others are due hours after the run, however late they come, or so long ago that they are stale.
        """
        name = self._name("p")
        far = self._draw.random() < 0.3
        due = self._draw.uniform(14, 40) * _HOUR if far else self._draw.uniform(2, 12)
        made = PromiseMade(promise_id=name, what="to call", due=_after(begins, due))
        if self._draw.random() < 0.05:
            made = msgspec.structs.replace(made, to="agent")
        found = [Scene(0, made)]
        if far:
            return found
        lot = self._draw.random()
        if lot < 0.3:
            found.append(Scene(due * self._draw.uniform(0.2, 0.9), PromiseKept(promise_id=name)))
        elif lot < 0.45:
            found.append(Scene(due + self._draw.uniform(0.5, 10), PromiseKept(promise_id=name)))
        elif lot < 0.55:
            more, agreed = due + self._draw.uniform(2, 6), self._draw.random() < 0.8
            again = PromiseRenegotiated(promise_id=name, due=_after(begins, more), agreed=agreed)
            found.append(Scene(due * 0.5, again))
            if self._draw.random() < 0.5:
                found.append(Scene(more - 1, PromiseKept(promise_id=name)))
        elif lot < 0.6:
            found.append(Scene(due * self._draw.uniform(0.5, 2), PromiseBroken(promise_id=name)))
        elif lot < 0.65:
            found.append(Scene(due * self._draw.uniform(0.3, 1.5), PromiseReleased(promise_id=name)))
        return found

    def _told_again(self, _: datetime) -> list[Scene]:
        """Two retellings and more make a third telling."""
        reason = "the bill" if self._draw.random() < 0.25 else f"the parcel {self._name('')}"
        found, after = [], 0.0
        for _again in range(self._draw.choice((1, 2, 2, 3, 4))):
            found.append(Scene(after, ContactRetold(contact_id=self._name("c"), reason=reason)))
            after += self._draw.uniform(0.2, 6)
        return found

    def _complaint(self, _: datetime) -> list[Scene]:
        name = self._name("k")
        found = [Scene(0, ComplaintRaised(complaint_id=name, severity=self._draw.randrange(100)))]
        if self._draw.random() < 0.6:
            later, accepted = self._draw.uniform(1, 15), self._draw.random() < 0.5
            found.append(Scene(later, ComplaintSettled(complaint_id=name, accepted=accepted)))
        return found

    def _small_thing(self, _: datetime) -> list[Scene]:
        made: tuple[Callable[[], Data], ...] = (
            lambda: RecognitionRemembered(what="the dog"),
            lambda: RecognitionGreeted(by_name=True),
            lambda: RecognitionOverlooked(how="cold"),
            lambda: FrictionMet(what="dead_page"),
            lambda: FeedbackGiven(score=self._draw.randrange(101)),
            lambda: PraiseGiven(note="well done", agent_id=self._draw.choice((None, self._agent()))),
            lambda: ExchangePurchased(amount=12.5, currency="EUR"),
            lambda: FactTold(key="allergy", value="nuts"),
            lambda: ContactTransferred(contact_id=self._name("c")),
        )
        return [Scene(0, self._draw.choice(made)())]

    def _wish(self, customer: str, begins: datetime) -> list[Scene]:
        """A complaint of somebody who says how, or when, they want to hear of it; a machine may see to it.

        Whoever takes either gets a machine at once, and the promise of a person, while nobody is there.
        """
        opens = begins.astimezone(UTC) + timedelta(seconds=65)
        name, wishes = (
            self._name("k"),
            (
                PreferenceSet(contact_by="machine"),
                PreferenceSet(contact_by="either"),
                # From the minute on that comes next: what was decided until then is held.
                PreferenceSet(hours=f"{opens:%H:%M}-24:00", timezone="UTC"),
            ),
        )
        wish = self._draw.choice(wishes)
        found = [Scene(0, wish), Scene(self._draw.uniform(0.2, 2), ComplaintRaised(complaint_id=name))]
        if wish.contact_by == "machine" and self._draw.random() < 0.5:
            seen_to = OutreachMade(prompt_id=prompt_id(customer, "complaint_raised", name))
            found.append(Scene(self._draw.uniform(5, 20), seen_to))
        return found

    def _slights(self) -> list[Scene]:
        """Nothing but slights, of a customer to whom nothing else happens: the band falls, once."""
        found, after = [], 0.0
        for _again in range(self._draw.randrange(8, 13)):
            found.append(Scene(after, RecognitionOverlooked(how="cold")))
            after += self._draw.uniform(0.1, 2)
        return found

    # ------------------------------------------------------------------------------------ the record

    def _correction(self) -> tuple[str, Data]:
        """Something of lately is taken back, or contested: an event, or all of a matter."""
        if not self._lately:
            return self._word_on_a_link()
        wrong = self._draw.choice(self._lately)
        if self._draw.random() < 0.7:
            return wrong.subject, EventRetracted(source=wrong.source, id=wrong.id)
        matter = getattr(wrong.data, "contact_id", None) or getattr(wrong.data, "promise_id", None)
        return wrong.subject, RecordContested(about=matter or wrong.id)

    def _word_on_a_link(self) -> tuple[str, Data]:
        """Two of four guests are one person, or are not; some are named by an id that nobody else uses."""
        first = self._draw.randrange(0, _LINKABLE, 4)
        one, other = (f"guest-{first + place:03}" for place in self._draw.sample(range(4), 2))
        if self._draw.random() < 0.2:
            other = f"visitor:{first}"
        said = CustomerLinked if self._draw.random() < 0.6 else CustomerUnlinked
        return one, said(alias=other)

    def _shift(self) -> tuple[str, Data]:
        """Agents come and go, with or without prompts in their hands; now and then nobody is there."""
        said = TeamShiftStarted() if self._draw.random() < 0.35 else TeamShiftEnded()
        return f"agent:{self._agent()}", said

    def _agent(self) -> str:
        """One of those who work at the desk."""
        return f"agent-{self._draw.randrange(3)}"


def _after(begins: datetime, seconds: float) -> datetime:
    return begins + timedelta(seconds=round(seconds, 3))


_SLIGHTS = 0.004
"""The share of stories that are of nothing but slights."""
_WISHES = 0.008
"""The share of those that are of a wish."""
_WORDS = 0.026
"""The share of those that are of the record itself."""

_STORIES: dict[Callable[[Stories, datetime], list[Scene]], float] = {
    Stories._answered: 22,
    Stories._missed: 12,
    Stories._promise: 10,
    Stories._told_again: 2.5,
    Stories._complaint: 5,
    Stories._small_thing: 45,
}
_RECORD: dict[Callable[[Stories], tuple[str, Data]], float] = {
    Stories._correction: 6,
    Stories._word_on_a_link: 3,
    Stories._shift: 2,
}
"""How often each is told, in proportion."""
