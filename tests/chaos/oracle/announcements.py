"""What outside readers are told: the latest reading of each customer, under its revision."""

from collections import defaultdict
from collections.abc import Iterator

from tests.chaos.found import Announced, Found
from tests.chaos.oracle.known import Known
from tests.chaos.oracle.people import differences
from tests.chaos.oracle.violation import Violation

_Said = dict[int, Announced]
"""What was said of a customer, by revision."""


def check(known: Known, found: Found) -> Iterator[Violation]:
    """Reads the topic as an outside reader does, who ignores revisions lower than the last one seen."""
    said: defaultdict[str, _Said] = defaultdict(dict)
    for customer, one in found.announced:
        if one is None:
            # Nothing is known of this id any more: its revisions begin anew.
            said.pop(customer, None)
            continue
        first = said[customer].setdefault(one.revision, one)
        if first != one:
            yield Violation("announcement", f"{customer} has two readings of one revision: {first}, {one}")
    for customer in sorted(known.customers):
        answer = found.relationships.get(customer)
        if answer is not None:  # else it is said elsewhere
            yield from _latest(known, customer, answer.revision, said[customer])
    for customer in sorted(said.keys() - known.customers):
        if said[customer] and not customer.startswith("agent:"):
            yield Violation("announcement", f"{customer} was announced, and nothing is known of them")


def _latest(known: Known, customer: str, revision: int, said: _Said) -> Iterator[Violation]:
    """The highest revision that was said is the one that the customer is at, and its reading is right."""
    highest = max(said, default=None)
    if highest != revision:
        yield Violation("announcement", f"{customer} was announced at {highest}, and is at {revision}")
        return
    one = said[revision]
    if one.canonical != known.person(customer).known_as(customer):
        yield Violation("announcement", f"{customer} was announced as {one.canonical}")
    for difference in differences(known, customer, one):
        yield Violation("announcement", f"{customer}, announced: {difference}")
