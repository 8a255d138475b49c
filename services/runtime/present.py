"""What time it is, asked for in one place: whoever decides by it is given a clock, and a study gives another.

What PostgreSQL compares and stamps goes by its own clock, which all processes share.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

Clock: TypeAlias = Callable[[], datetime]
"""Says what time it is, with an offset."""


def now() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)
