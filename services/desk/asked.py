"""What agents say when they act: the bodies of the desk's requests, and what is wrong with some of them."""

from datetime import datetime
from typing import Annotated

import msgspec

from events import TYPES

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=256, pattern="^[^\\u0000]*$")]
_Words = Annotated[str, msgspec.Meta(min_length=1, max_length=4096, pattern="^[^\\u0000]*$")]
_Instant = Annotated[datetime, msgspec.Meta(tz=True)]
_NotNegative = Annotated[float, msgspec.Meta(ge=0, le=1e9)]


class Acting(msgspec.Struct, frozen=True):
    """Who acts."""

    agent_id: _Name

    def mistake(self, now: datetime) -> str | None:  # noqa: ARG002 - some of them depend on when it is
        """What is wrong with it beyond its form, in a sentence; None where nothing is."""
        return None


class Declining(Acting, frozen=True):
    """Who declines, and why, if they care to say."""

    reason: _Words | None = None


class Finishing(Acting, frozen=True):
    """Who reached out, what it took, and what the next colleague should know."""

    minutes: _NotNegative | None = None
    note: _Words | None = None


class Snoozing(Acting, frozen=True):
    """Who takes another moment, and which: a time, an event of a type, or whichever comes first."""

    until: _Instant | None = None
    awaiting: _Name | None = None
    """The type of event, such as `egard.contact.attempted`."""
    reason: _Words | None = None

    def mistake(self, now: datetime) -> str | None:
        """A moment must be said, be still to come, and be one that can come."""
        if self.until is None and self.awaiting is None:
            return "Say until when: `until` a time, or `awaiting` an event of a type."
        if self.until is not None and self.until <= now:
            return f"`until` is {self.until.isoformat()}, which has passed; give a time that is to come."
        if self.awaiting is not None and self.awaiting not in TYPES:
            return f"`awaiting` is {self.awaiting!r}, which is no type of event of this language."
        return None


class Delegating(Acting, frozen=True, kw_only=True):
    """Who hands a prompt on, and to which colleague."""

    to: _Name
    reason: _Words | None = None

    def mistake(self, now: datetime) -> str | None:  # noqa: ARG002 - it does not depend on when it is
        """It goes to somebody else."""
        if self.to == self.agent_id:
            return "`to` is yourself; name a colleague, or claim the prompt."
        return None


class Renegotiating(Acting, frozen=True, kw_only=True):
    """Who spoke about a promise, the new due, and whether the customer agreed to it."""

    due: _Instant
    agreed: bool
    promise_id: _Name | None = None
    """Without it, it is the promise that the prompt is about."""

    def mistake(self, now: datetime) -> str | None:
        """A new due is to come."""
        if self.due <= now:
            return f"`due` is {self.due.isoformat()}, which has passed; give a time that is to come."
        return None


class Giving(Acting, frozen=True, kw_only=True):
    """Who makes a gesture, what it is, and what it costs."""

    what: _Words
    cost: _NotNegative = 0.0


Asked = Acting | Declining | Finishing | Snoozing | Delegating | Renegotiating | Giving
"""Whatever an agent may say."""
