"""The record itself: who is the same person, what is taken back, contested or erased."""

from events.base import Data, Identifier, Reference, Text


class CustomerLinked(Data, frozen=True, tag="egard.customer.linked"):
    """The subject and `alias` are the same person."""

    alias: Identifier


class CustomerUnlinked(Data, frozen=True, tag="egard.customer.unlinked"):
    """The subject and `alias` are not the same person after all."""

    alias: Identifier


class CustomerErased(Data, frozen=True, tag="egard.customer.erased"):
    """The customer asked to be forgotten, under every alias."""


class EventRetracted(Data, frozen=True, tag="egard.event.retracted"):
    """An event was published by mistake; its effect is undone, its record stays."""

    source: Reference
    id: Identifier
    reason: Text | None = None


class RecordContested(Data, frozen=True, tag="egard.record.contested"):
    """The customer contests what is held about them."""

    about: Text
    reason: Text | None = None
