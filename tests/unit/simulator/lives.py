"""Worlds that several tests look at."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from events import Event
from services.simulator import World

START = datetime(2026, 1, 5, tzinfo=UTC)


def live(customers: int, days: float, seed: int = 7) -> list[Event]:
    """Everything a world publishes in so many days."""
    return list(World(customers, seed, START).advance(START + timedelta(days=days)))


def count(events: Iterable[Event], kind: str) -> Counter[str]:
    """How many events of a type (named without `egard.`) each subject has."""
    return Counter(event.subject for event in events if event.type == f"egard.{kind}")


def days_on(count_of_days: float) -> datetime:
    """So many days after the start."""
    return START + timedelta(days=count_of_days)
