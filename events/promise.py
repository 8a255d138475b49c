"""Promises: something said, with a due, to a customer or to an agent."""

from typing import Literal

from events.base import Data, Identifier, Instant, Text


class PromiseMade(Data, frozen=True, tag="egard.promise.made"):
    """Somebody of ours promised something by a time."""

    promise_id: Identifier
    what: Text
    due: Instant
    agent_id: Identifier | None = None
    case_id: Identifier | None = None
    to: Literal["customer", "agent"] | None = None


class PromiseRenegotiated(Data, frozen=True, tag="egard.promise.renegotiated"):
    """A new due was proposed; it counts where the one it was made to agreed."""

    promise_id: Identifier
    due: Instant
    agreed: bool


class PromiseKept(Data, frozen=True, tag="egard.promise.kept"):
    """What was promised was done."""

    promise_id: Identifier


class PromiseReleased(Data, frozen=True, tag="egard.promise.released"):
    """The one it was made to no longer needs it."""

    promise_id: Identifier


class PromiseBroken(Data, frozen=True, tag="egard.promise.broken"):
    """It will not be done, or not in time to matter."""

    promise_id: Identifier
