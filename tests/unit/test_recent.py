"""What the gateway remembers of the events that it let in: the latest, and no more than there is room for."""

from datetime import UTC, datetime

from events import FeedbackGiven, decode, encode
from services.gateway.intake import Item, Recent

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)


def item(number: int, score: int = 80) -> Item:
    """An event of a customer's."""
    body = encode(FeedbackGiven(score=score), subject="anna", source="/s", id=f"e{number}", time=NOW)
    event = decode(body, arrived=NOW)
    return Item(0, event, (event.subject, event.identity))


def test_the_oldest_are_forgotten_where_room_is_short() -> None:
    """However many come, the latest are remembered, and take what they may, bookkeeping included."""
    recent = Recent(most_bytes=100_000)
    items = [item(number) for number in range(1_000)]
    for one in items:
        recent.add(one)
    known = [number for number, one in enumerate(items) if recent.known(one.key) is not None]
    assert known == list(range(known[0], 1_000))
    assert 100_000 / 800 < len(known) < 100_000 / 400


def test_what_comes_again_takes_no_more_room() -> None:
    """A repetition is remembered once, as it came first."""
    recent = Recent(most_bytes=100_000)
    first = item(1)
    for _ in range(1_000):
        recent.add(item(1))
    recent.add(item(1, score=20))
    recent.add(item(2))
    assert recent.known(first.key) == first.event.body
    assert recent.known(item(2).key) is not None
