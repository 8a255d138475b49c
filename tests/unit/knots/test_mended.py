"""What mending something does to knots is what looking for all of them again finds."""

from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

import pytest

from events import ComplaintSettled, ContactReturned, Data, PromiseKept, make
from projections.knots import folded, knots_after, knots_of, story
from tests.unit.histories import DAY, SHIPPED
from tests.unit.lives import life


@pytest.mark.parametrize(
    "mend",
    [
        lambda name: ContactReturned(contact_id=name, reached=True),
        lambda name: PromiseKept(promise_id=name),
        lambda name: ComplaintSettled(complaint_id=name, accepted=True),
    ],
    ids=["call_back", "keep_promise", "settle_complaint"],
)
def test_after_mending_the_knots_are_those_of_the_whole_story(mend: Callable[[str], Data]) -> None:
    """Given 600 random lives, when a matter of each is mended, all that changes is found."""
    draw, untied = Random(5), 0
    for _ in range(600):
        events = life(draw, draw.randint(10, 60))
        at = max(event.at for event in events) + draw.choice([60.0, DAY])
        done = make(
            mend(str(draw.randrange(4))),
            subject="anna",
            source="z",
            id="z",
            time=datetime.fromtimestamp(at, UTC),
        )
        told, reading_at = story(events, at), folded([*events, done], SHIPPED)
        before = knots_of(told, SHIPPED, reading_at)
        after = knots_of(story([*events, done], at), SHIPPED, reading_at)
        assert knots_after(before, told.followed_by(done), done, SHIPPED, reading_at) == after
        untied += before != after
    assert untied
