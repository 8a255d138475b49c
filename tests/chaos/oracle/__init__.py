"""The oracle: holds what is found against what it recorded by itself, and says what must not be."""

from collections.abc import Iterator

from projections.strategy import Strategy
from tests.chaos.found import Found
from tests.chaos.oracle import actions, announcements, deadlines, hands, journal, people, prompts
from tests.chaos.oracle.known import Known
from tests.chaos.oracle.violation import Violation
from tests.chaos.record import Record

__all__ = ["Violation", "judge"]


def judge(record: Record, found: Found, strategy: Strategy) -> list[Violation]:
    """All that must not be as it is."""
    return list(_judge(record, found, strategy))


def _judge(record: Record, found: Found, strategy: Strategy) -> Iterator[Violation]:
    yield from (Violation("answer", wrong) for wrong in record.wrong)
    yield from journal.check(record, found)
    known = Known(journal.accepted(record, found), strategy)
    yield from people.check(known, found)
    yield from announcements.check(known, found)
    yield from prompts.check(known, found)
    yield from deadlines.check(known, found)
    yield from hands.check(known, found)
    yield from actions.check(record, known, found)
