"""Recognition and friction: was I greeted, remembered, thanked, spared; what stood in my way."""

from typing import Literal

from events.base import Data, Identifier, Text


class RecognitionGreeted(Data, frozen=True, tag="egard.recognition.greeted"):
    """The customer was greeted."""

    by_name: bool | None = None
    how: Text | None = None
    agent_id: Identifier | None = None


class RecognitionRemembered(Data, frozen=True, tag="egard.recognition.remembered"):
    """Something about the customer was remembered without their having to say it."""

    what: Text
    agent_id: Identifier | None = None


class RecognitionOverlooked(Data, frozen=True, tag="egard.recognition.overlooked"):
    """The customer was treated as nobody in particular."""

    how: Literal["not_greeted", "misnamed", "asked_known_fact", "treated_as_new", "cold"]
    agent_id: Identifier | None = None


class RecognitionThanked(Data, frozen=True, tag="egard.recognition.thanked"):
    """We thanked the customer. A customer's thanks to us are `praise.given`."""

    occasion: Text | None = None
    agent_id: Identifier | None = None


class RecognitionCelebrated(Data, frozen=True, tag="egard.recognition.celebrated"):
    """We marked an occasion that matters to the customer."""

    occasion: Text | None = None
    agent_id: Identifier | None = None


class FactTold(Data, frozen=True, tag="egard.fact.told"):
    """The customer told us something that we should never ask again."""

    key: Identifier
    value: Text


class FrictionMet(Data, frozen=True, tag="egard.friction.met"):
    """Something stood in the customer's way."""

    what: Literal[
        "dead_page",
        "wrong_hours",
        "wrong_address",
        "no_phone",
        "lost",
        "language",
        "machine_only",
        "not_my_department",
        "behind_procedure",
        "other",
    ]
    where: Text | None = None
    contact_id: Identifier | None = None
    agent_id: Identifier | None = None


class RequestRefused(Data, frozen=True, tag="egard.request.refused"):
    """We said no and explained why; `accepted` says whether the customer could live with it."""

    what: Text
    why: Text
    accepted: bool | None = None
