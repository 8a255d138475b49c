"""The oracle's own record: what was sent, what was acknowledged, and what agents did. It asks nobody."""

from collections.abc import Iterable
from typing import Literal

import msgspec

from events import CustomerLinked, CustomerUnlinked, Event, PromiseMade

Name = tuple[str, str, str]
"""Which event: its subject, source and id."""

_ON_LINKS = (CustomerLinked, CustomerUnlinked)

Verb = Literal["claim", "release", "decline", "done", "snooze", "delegate", "gesture", "renegotiate"]


def name_of(event: Event) -> Name:
    """Which event it is."""
    return (event.subject, event.source, event.id)


class Sent(msgspec.Struct):
    """An event that was sent, once or more often."""

    event: Event
    times: int = 0
    acknowledged: bool = False
    """Whether we were ever told that it is kept. One that is not may be kept all the same."""


class Action(msgspec.Struct):
    """One request of an agent."""

    verb: Verb
    prompt_id: str
    agent_id: str
    """Who did it; to whom it was handed on; nobody where its event names nobody."""
    words: str | None
    """What the agent said, which nobody else ever says; None where an action takes no words."""
    acknowledged: bool = False
    refused: bool = False
    """Whether the answer was that it cannot be done. Where there was no answer, it may have been done."""


class Record:
    """All that the harness knows by itself."""

    def __init__(self) -> None:
        self.sent: dict[Name, Sent] = {}
        self.acknowledged = 0
        self.repeated = 0
        """How many events were sent again, for whatever reason."""
        self.actions: list[Action] = []
        self.wrong: list[str] = []
        """Answers that should not be: what was refused, and what went wrong on the other side."""

    def sends(self, events: Iterable[Event]) -> None:
        """These are about to be sent."""
        for event in events:
            one = self.sent.setdefault(name_of(event), Sent(event))
            self.repeated += one.times > 0
            one.times += 1

    def acknowledges(self, events: Iterable[Event]) -> None:
        """These are kept, we were told."""
        for event in events:
            one = self.sent[name_of(event)]
            self.acknowledged += not one.acknowledged
            one.acknowledged = True

    def customers(self) -> tuple[set[str], set[str]]:
        """Everybody who was ever named, and of these, to whom something was promised; agents are nobody."""
        events = [sent.event for sent in self.sent.values()]
        named = {event.subject for event in events}
        named |= {event.data.alias for event in events if isinstance(event.data, _ON_LINKS)}
        named = {name for name in named if not name.startswith("agent:")}
        return named, {event.subject for event in events if isinstance(event.data, PromiseMade)} & named

    def acts(self, action: Action) -> Action:
        """An agent is about to do something."""
        self.actions.append(action)
        return action
