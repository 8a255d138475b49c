"""Readings, who is who, and promises: as the public routes answer, and as the events have it."""

import math
from collections.abc import Iterator

from projections.explanation import promise_state
from projections.matters import Promise
from projections.reading import band_of
from tests.chaos.found import Found, Ledger, Numbers
from tests.chaos.oracle.known import Known
from tests.chaos.oracle.violation import Violation

TOLERANCE = 1e-9
"""How far a number of a reading may lie from its refold."""

_MARGIN = (0.0, -1e-7, 1e-7)
"""So near a border, either band will do."""


def check(known: Known, found: Found) -> Iterator[Violation]:
    """Holds all answers against a fold of the record."""
    for customer, answer in found.relationships.items():
        if customer not in known.customers:
            if answer is not None:
                yield Violation("reading", f"{customer} has a reading, and nothing is known of them")
            continue
        if answer is None:
            yield Violation("reading", f"nobody has heard of {customer}")
            continue
        person = known.person(customer)
        if (answer.canonical, answer.aliases) != (
            person.canonical,
            [name for name in person.members if name != person.canonical],
        ):
            yield Violation("reading", f"{customer} is {answer.canonical} {answer.aliases}, not {person}")
        count = sum(state.count for state in known.states(customer).values())
        if answer.events != count:
            yield Violation("reading", f"{customer} has {answer.events} events, and {count} are known")
        for difference in differences(known, customer, answer):
            yield Violation("reading", f"{customer}, asked for: {difference}")
    for customer, ledger in found.ledgers.items():
        for difference in _promises(known, customer, ledger):
            yield Violation("reading", f"{customer}: {difference}")
    yield from _lists(known, found)


def differences(known: Known, customer: str, given: Numbers) -> list[str]:
    """In what a reading differs from that of the record at the same instant."""
    at = given.taken_at.timestamp()
    tangles = known.tangles(customer, at)
    reading = known.reading(customer, at, tangles)
    found = []
    for name in ("health", "recognition", "responsiveness", "confidence", "trend"):
        one, other = getattr(given, name), getattr(reading, name)
        if not math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
            found.append(f"{name} is {one!r}, refolded {other!r}, at {given.taken_at}")
    bands = {
        band_of(reading.health + one, reading.confidence + other, known.strategy, knotted=bool(tangles))
        for one in _MARGIN
        for other in _MARGIN
    }
    if given.band not in bands:
        found.append(f"the band is {given.band}, refolded {reading.band}")
    return found


def _lists(known: Known, found: Found) -> Iterator[Violation]:
    """One line for each person, as things were when it was taken."""
    listed = {one.customer for one in found.listed}
    wanted = {known.person(customer).canonical for customer in known.customers}
    for customer in sorted(listed ^ wanted):
        yield Violation("reading", f"{customer} is {'' if customer in listed else 'not '}in the list")
    if len(listed) != len(found.listed):
        yield Violation("reading", "somebody is in the list twice")
    for one in found.listed:
        for difference in differences(known, one.customer, one):
            yield Violation("reading", f"{one.customer}, in the list: {difference}")


def _promises(known: Known, customer: str, ledger: Ledger | None) -> Iterator[str]:
    if ledger is None:
        if customer in known.customers:
            yield "there is no ledger"
        return
    at = ledger.taken_at.timestamp()
    wanted = {
        (subject, matter_id): (
            promise_state(matter, at),
            matter.due,
            None if matter.made is None else matter.made.at,
        )
        for subject, state in known.states(customer).items()
        for (_, matter_id), matter in state.matters.items()
        if isinstance(matter, Promise)
    }
    given = {
        (one.subject, one.promise_id): (
            one.state,
            None if one.due is None else one.due.timestamp(),
            None if one.made_at is None else one.made_at.timestamp(),
        )
        for one in ledger.promises
    }
    for promise in sorted(wanted.keys() | given.keys()):
        if wanted.get(promise) != given.get(promise):
            yield f"the promise {promise} is {given.get(promise)}, refolded {wanted.get(promise)}"
