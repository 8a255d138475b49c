"""What a batch makes of the relationships that it touches; the pure part, under their locks."""

from collections.abc import Mapping, MutableMapping, Sequence, Set
from typing import Any

import msgspec

from events import Event
from projections.evidence import merge
from projections.fold import Change, MatterKey, State, replace
from projections.knots.signs import NO_SIGNS, NOTED, is_noted, noted
from projections.matters import Matter
from projections.strategy import Strategy
from services.projector.batch import Received
from services.runtime.rows import Relationship

Matters = Mapping[str, Mapping[MatterKey, Matter]]
"""Matters by customer."""


class Folded(msgspec.Struct):
    """Matters after a batch."""

    joined: dict[tuple[str, MatterKey], Matter] = {}
    """Those that the batch says something of."""
    added: set[tuple[str, MatterKey]] = set()
    """Which of them there were none of before."""
    unsettled: dict[str, list[Matter]] = {}
    """Those by customer whose outcome depends on when one looks, whether the batch speaks of them or not."""


def touched(changes: Mapping[str, Change], kept: Mapping[str, Relationship]) -> list[tuple[str, MatterKey]]:
    """The matters that changes speak of and that there may be rows of, by customer, kind and id."""
    return [
        (customer, key)
        for customer, change in changes.items()
        if kept[customer].events and change.matters
        for key in change.matters
    ]


def fold_in(
    kept: Mapping[str, Relationship], known: Matters, changes: Mapping[str, Change], strategy: Strategy
) -> Folded:
    """Adds changes to relationships in place, and joins their matters with those that are known of them.

    `known` has to hold what is there of every matter that the changes speak of, and all unsettled ones.
    """
    folded = Folded()
    for customer, change in changes.items():
        relationship = kept[customer]
        before = known.get(customer, {})
        still = {key: matter for key, matter in before.items() if matter.unsettled} if before else {}
        for key, partial in change.matters.items():
            old = before.get(key)
            new = partial if old is None else old.merge(partial)  # type: ignore[arg-type]
            replace(change.sums, old, new, strategy)
            folded.joined[customer, key] = new
            if old is None:
                folded.added.add((customer, key))
            elif old.unsettled:
                relationship.unsettled -= 1
                del still[key]
            if new.unsettled:
                relationship.unsettled += 1
                still[key] = new
        if still:
            folded.unsettled[customer] = list(still.values())
        _add(relationship, change)
    # Whom the batch says nothing of is read with others: their open matters count too.
    for customer, matters in known.items():
        if customer not in changes:
            folded.unsettled[customer] = [matter for matter in matters.values() if matter.unsettled]
    return folded


def note_signs(
    kept: Mapping[str, Relationship], kinds: Set[type], accepted: Sequence[Received], strategy: Strategy
) -> None:
    """Notes what a batch says of knots, before it is folded in; `kinds` are those of its events' data."""
    some_have = any(one.signs is not NO_SIGNS for one in kept.values())
    if kinds.isdisjoint(NOTED) and not some_have:
        return
    customers = {received.event.subject for received in accepted if is_noted(received.event)}
    if some_have:
        customers |= {name for name, one in kept.items() if one.signs is not NO_SIGNS}
    if not customers:
        return
    events: dict[str, list[Event]] = {}
    for received in accepted:
        if received.event.subject in customers:
            events.setdefault(received.event.subject, []).append(received.event)
    for customer, some in events.items():
        relationship = kept[customer]
        found = noted(relationship.signs, relationship.newest, some, strategy.knots)
        if found != NO_SIGNS:
            relationship.signs = found


def _add(relationship: Relationship, change: Change) -> None:
    if relationship.events:
        merge(change.sums, relationship.sums)
    relationship.sums = change.sums
    relationship.events += change.count
    relationship.newest = max(relationship.newest, change.newest)


def put(folded: Folded, relationship: Relationship, state: State) -> None:
    """Puts a state in the place of all that a relationship was: something of it was set aside."""
    customer = relationship.customer
    relationship.sums = list(state.sums)
    relationship.events, relationship.newest = state.count, state.newest
    _drop(folded.joined, customer)
    folded.added = {one for one in folded.added if one[0] != customer}
    for key, matter in state.matters.items():
        folded.joined[customer, key] = matter
        folded.added.add((customer, key))
    still = [matter for matter in state.matters.values() if matter.unsettled]
    relationship.unsettled = len(still)
    folded.unsettled[customer] = still


def _drop(joined: MutableMapping[tuple[str, Any], Any], customer: str) -> None:
    for one in [one for one in joined if one[0] == customer]:
        del joined[one]
