"""Lists over all customers: which rows a page has, and where the next one begins."""

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import TypeVar, get_args

from events import (
    Event,
    PromiseBroken,
    PromiseKept,
    PromiseReleased,
    RecognitionOverlooked,
    RecognitionRemembered,
    type_of,
)
from projections.matters import Promise
from projections.strategy import Strategy
from projections.waiting import waiting
from services.insight.ledgers.answers import (
    Awaiting,
    Ended,
    Owing,
    Pledged,
    Recognised,
    Recognition,
    ToldAgain,
)
from services.insight.ledgers.entries import awaiting, pledged, recognised, told_again
from services.insight.ledgers.store import Change, Ledgers, Place, Said

LAST_DAYS = 30
"""Days for which what is suspected is looked for."""

LOOKED_AT = 100
"""Persons of whom a page of what is suspected is made."""

_BEGINNING = datetime(1, 1, 2, tzinfo=UTC)
_END = datetime(9999, 12, 31, tzinfo=UTC)

_ENDS: dict[Ended, str] = {
    "kept": type_of(PromiseKept),
    "kept_late": type_of(PromiseKept),
    "broken": type_of(PromiseBroken),
    "released": type_of(PromiseReleased),
}
_KINDS: dict[Recognition, str] = {
    "remembered": type_of(RecognitionRemembered),
    "overlooked": type_of(RecognitionOverlooked),
}

_Row = TypeVar("_Row")
_Rest = TypeVar("_Rest")

Page = tuple[list[_Row], _Rest | None]
"""Rows, and the place from which it goes on."""


class Lists:
    """The ledgers over all customers."""

    def __init__(self, ledgers: Ledgers, strategy: Strategy) -> None:
        self._ledgers = ledgers
        self._strategy = strategy

    async def owed(
        self,
        state: Owing | None,
        within: timedelta,
        to: str | None,
        after: Place,
        limit: int,
        now: datetime,
    ) -> Page[Pledged, Place]:
        """Promises that are still owed, by their due; without a state all of them."""
        since = _BEGINNING if state in (None, "overdue") else now
        until = {"overdue": now, "due_soon": now + within}.get(state or "", _END)
        whose = ["customer", "agent"] if to is None else [to]
        found = await self._ledgers.owed(since, until, whose, after, limit + 1)
        page = [pledged(*one, now) for one in found[:limit]]
        last = page[-1] if len(found) > limit else None
        return page, None if last is None or last.due is None else (last.due, last.customer, last.promise_id)

    async def ended(
        self, states: Collection[Ended], to: str | None, before: Said, limit: int, now: datetime
    ) -> Page[Pledged, Said]:
        """Promises that ended in some way, the latest first."""
        types = sorted({_ENDS[state] for state in states})
        found, promises = await self._ledgers.ended(types, before, limit)
        page = []
        for event in found.rows:
            key = (event.subject, event.data.promise_id)
            promise = promises.get(key)
            if promise is not None and _ends(promise, event):
                one = pledged(*key, promise, now)
                if one.state in states and to in (None, one.to):
                    page.append(one)
        return page, found.rest

    async def retold(self, before: Said, limit: int) -> Page[ToldAgain, Said]:
        """Retellings that were published, the latest first."""
        found, persons, events = await self._ledgers.retold(before, limit)

        def work() -> list[ToldAgain]:
            known = {
                key: one
                for canonical, some in events.items()
                for key, one in told_again(canonical, some).items()
            }
            keys = [(event.subject, event.identity) for event in found.rows]
            return [known[key] for key in keys if key in known and _is_customer(persons.of(key[0]).canonical)]

        return await asyncio.to_thread(work), found.rest

    async def suspected(self, before: Change, now: datetime) -> Page[ToldAgain, Change]:
        """Tellings of the last days that one may suspect, those of who changed last first."""
        since = now - timedelta(days=LAST_DAYS)
        found, events = await self._ledgers.changed(since, before, LOOKED_AT)

        def work() -> list[ToldAgain]:
            return [
                one
                for canonical in found.rows
                for one in reversed(told_again(canonical, events.get(canonical, ())).values())
                if one.suspected and one.at >= since
            ]

        return await asyncio.to_thread(work), found.rest

    async def waiting(self, given_up: bool, after: Place, limit: int, now: datetime) -> Page[Awaiting, Place]:
        """Contacts that wait for an answer, or those that were given up, the oldest first."""
        edge = now - timedelta(seconds=self._strategy.contact.give_up)
        since, until = (_BEGINNING, edge) if given_up else (edge, now)
        found = await self._ledgers.waiting(since, until, after, limit + 1)
        rest: Place | None = None
        if len(found) > limit:
            customer, contact_id, contact = found[limit - 1]
            heard = min(part.at for part in (contact.attempted, contact.missed) if part is not None)
            rest = (datetime.fromtimestamp(heard, UTC), customer, contact_id)
        rows = await asyncio.to_thread(waiting, found[:limit], self._strategy, now.timestamp())
        return [awaiting(one) for one in rows], rest

    async def recognition(self, kind: Recognition | None, before: Said, limit: int) -> Page[Recognised, Said]:
        """Times at which customers were remembered or overlooked, the latest first."""
        kinds: Collection[Recognition] = get_args(Recognition) if kind is None else (kind,)
        found = await self._ledgers.said([_KINDS[one] for one in kinds], before, limit)
        rows = (recognised(event) for event in found.rows if _is_customer(event.subject))
        return [row for row in rows if row is not None], found.rest


def _ends(promise: Promise, event: Event) -> bool:
    """Whether an event is what was said first of a promise's end."""
    ends = [part for part in (promise.kept, promise.released, promise.broken) if part is not None]
    first = min(ends, default=None)
    return first is not None and (first.id, first.source) == (event.id, event.source)


def _is_customer(subject: str) -> bool:
    return not subject.startswith("agent:")
