"""Deadlines: what is still to fall due waits for the clock, and nothing else does."""

from collections.abc import Iterator
from datetime import timedelta

from projections.deadlines import dues_of
from projections.matters import Contact
from tests.chaos.found import Found
from tests.chaos.oracle.known import Known
from tests.chaos.oracle.violation import Violation

_OF_MATTERS = ("promise_due", "promise_overdue", "unanswered")
"""The triggers whose deadlines rest on a matter alone."""

_SOON = timedelta(minutes=2)
"""What is due so soon may become a cause while somebody looks."""


def check(known: Known, found: Found) -> Iterator[Violation]:
    """Holds the deadlines that wait against the matters as they stand: a prompt of tomorrow hangs on each."""
    since = found.looked_at + _SOON
    wanted = {
        (subject, trigger, matter_id, due)
        for subject, state in known.folded.items()
        for (_, matter_id), matter in state.matters.items()
        # For an attempt whose miss nobody recorded there is no deadline: the clock looks for these.
        if not isinstance(matter, Contact) or matter.missed is not None
        for trigger, (due, _) in dues_of(matter, known.strategy)
        if due > since
    }
    waiting = {
        (one.customer, one.trigger, one.matter_id, one.due)
        for one in found.deadlines
        if one.trigger in _OF_MATTERS and one.due > since
    }
    for deadline in sorted(wanted - waiting):
        yield Violation("deadline", f"nothing waits for {deadline}")
    for deadline in sorted(waiting - wanted):
        yield Violation("deadline", f"{deadline} waits, and rests on nothing")
