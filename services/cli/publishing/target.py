"""Where events are published to: what a target promises."""

from typing import NamedTuple, Protocol

from services.cli.publishing.lines import Line
from services.runtime.errors import Fatal


class Rejected(NamedTuple):
    """A line that the target refused, and why."""

    line: Line
    reason: str
    detail: str


class Verdict(NamedTuple):
    """What became of a batch."""

    accepted: int
    rejected: list[Rejected]
    unknown: frozenset[str] = frozenset()
    """Types that look like the language's own and are not."""


def explained(detail: str, accepted: str) -> str:
    """What is wrong with an event, and what would have been right."""
    return f"{detail} Accepted: {accepted}." if accepted else detail


class NotTaken(Fatal):
    """A batch was refused whole, and another try would be too: certainly nothing of it was taken."""


class Target(Protocol):
    """Takes batches of events. A batch that was perhaps taken may be given again, whole."""

    name: str
    """Where it is, for messages."""

    def check(self, number: int, body: bytes) -> Line:
        """A line that may be sent there. Raises `events.Refused` for any other."""

    async def start(self) -> None:
        """Connects. Raises `Fatal` where nobody answers."""

    async def publish(self, batch: list[Line]) -> Verdict:
        """Publishes a batch. Raises `TryAgain` if it was not taken now, `Fatal` if it never will be."""

    async def stop(self) -> None:
        """Disconnects."""
