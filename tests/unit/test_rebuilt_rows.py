"""Rows of a rebuild: what they keep of those that are used, and from when they are where it is another."""

from datetime import UTC, datetime

from events import ContactAttempted, make
from projections.fold import fold
from projections.reading import Reading
from projections.strategy import Strategy
from services.cli.rebuilding.rows import Before, Filler, Member
from services.runtime.rows import RELATIONSHIP

ASKED = datetime(2026, 11, 24, 10, tzinfo=UTC)
"""A Tuesday morning: whoever waits then waits longer with every second."""


def test_what_was_read_anew_is_the_same_to_the_next_rebuild(strategy: Strategy) -> None:
    """The instant is one that can be kept, to the microsecond: a little later, the reading is another."""
    waiting = make(
        ContactAttempted(contact_id="c", channel="phone"), subject="anna", source="/test", id="1", time=ASKED
    )
    member = Member("anna", fold([waiting], strategy))
    filler = Filler(strategy)
    at = ASKED.timestamp() + 300
    first = filler.fill([(member,)], {}, at + 4e-7)
    assert first.changed == [("anna",)]
    row = dict(zip(RELATIONSHIP, first.relationships[0], strict=True))
    reading = Reading(**{name: row[name] for name in Reading.__struct_fields__})
    kept = Before(row["revision"], round(row["taken_at"], 6), row["changed_at"], reading, None)
    again = filler.fill([(member,)], {"anna": kept}, at + 9)
    assert again.changed == []
    assert again.relationships == first.relationships
