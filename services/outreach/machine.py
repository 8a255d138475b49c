"""Handing over: what a person sees to goes to the desk, what a machine sees to goes to `egard.machine`."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from events import (
    Channel,
    Event,
    OutreachDeclined,
    OutreachMade,
    OutreachPrompted,
    OutreachReleased,
    PreferenceSet,
    PromiseMade,
)
from projections.outreach.assigning import language_of
from projections.outreach.choosing import Choice, choose, promise_id
from projections.outreach.prompts import Prompt, Told
from projections.strategy import Strategy
from projections.trigger_rules import TriggerRule
from projections.triggers import Fact
from services.outreach.hands import HANDS
from services.outreach.staff import Staff
from services.runtime import outbox
from services.runtime.database import Connection
from services.runtime.kafka import MACHINE, PROMPTS
from services.runtime.published import MachineWork, PublishedPrompt
from services.runtime.settings import Language

SOURCE = "/egard/outreach"

_A_PERSON: dict[Language, str] = {
    "en": "A person will get in touch with you.",
    "fr": "Une personne vous recontactera.",
}
"""What is promised where a machine comes first."""


_SOME = 50
"""Prompts that are taken from machines in one go."""

_told = msgspec.json.Decoder(Told).decode


class Prompted(Protocol):
    """A prompt, as far as handing it over needs it."""

    @property
    def customer(self) -> str: ...
    @property
    def prompt_id(self) -> str: ...
    @property
    def trigger(self) -> str: ...
    @property
    def cause_at(self) -> datetime: ...
    @property
    def priority(self) -> float: ...
    @property
    def minutes(self) -> float: ...


async def chosen(
    connection: Connection,
    staff: Staff,
    rule: TriggerRule,
    events: Sequence[Event],
    strategy: Strategy,
    now: datetime,
    *,
    quiet: bool,
) -> Choice:
    """Who sees to a prompt: a person or a machine, by what stands of the customer and by who is there.

    Who is there is only asked for where it matters.
    """
    at = now.timestamp()
    if_somebody, if_nobody = (
        choose(rule, events, strategy, at, anyone_there=there, quiet=quiet) for there in (True, False)
    )
    if if_somebody == if_nobody or await staff.anyone_there(connection, now):
        return if_somebody
    return if_nobody


def handed_over(
    choice: Choice,
    prompt: Prompted,
    why: Fact,
    facts: list[Fact],
    events: Sequence[Event],
    *,
    at: datetime,
    trace: str | None,
    language: Language,
) -> list[outbox.Entry]:
    """What is published when a prompt is given, for whoever sees to it; `at` is when that was due.

    `language` is that of the house: what is promised is said in it where the customer named no other.
    """
    first: list[outbox.Entry] = []
    if choice.by == "human":
        published = PublishedPrompt(
            prompt_id=prompt.prompt_id,
            customer=prompt.customer,
            trigger=prompt.trigger,
            cause_at=prompt.cause_at,
            priority=prompt.priority,
            minutes=prompt.minutes,
            why=why,
            facts=facts,
        )
        prompted = OutreachPrompted(
            prompt_id=prompt.prompt_id, by="human", reason=prompt.trigger, minutes=prompt.minutes
        )
        entry = outbox.Entry(PROMPTS, prompt.customer, msgspec.json.encode(published), trace)
    else:
        due = choice.person_at
        if due is not None:
            first.append(_promise(prompt, due, events, at, trace, language))
        ordered = sorted(events, key=lambda event: event.order)
        work = MachineWork(
            prompt_id=prompt.prompt_id,
            customer=prompt.customer,
            trigger=prompt.trigger,
            cause_at=prompt.cause_at,
            priority=prompt.priority,
            chosen=choice.why,
            why=why,
            facts=facts,
            channel=_channel(ordered),
            language=language_of(ordered),
            person_by=due,
        )
        prompted = OutreachPrompted(prompt_id=prompt.prompt_id, by="machine", reason=prompt.trigger)
        entry = outbox.Entry(MACHINE, prompt.customer, msgspec.json.encode(work), trace)
    told = outbox.event_entry(
        prompted,
        subject=prompt.customer,
        source=SOURCE,
        id=f"{prompt.prompt_id}:prompted",
        time=at,
        traceparent=trace,
    )
    return [*first, told, entry]


async def seen_to(connection: Connection, prompt: Prompt, events: Iterable[Event]) -> bool:
    """Whether an event says that a prompt was seen to, or would not be; it is closed then.

    So say machines, and whoever reads our topics and does not work at the desk.
    """
    if prompt.state not in ("open", "claimed", "snoozed"):
        return False
    told = [
        event
        for event in events
        if isinstance(event.data, OutreachMade | OutreachDeclined)
        and event.data.prompt_id == prompt.prompt_id
    ]
    if not told:
        return False
    first = min(told, key=lambda event: event.order)
    made = isinstance(first.data, OutreachMade)
    await connection.execute(
        HANDS["seen_to"],
        prompt.customer,
        prompt.prompt_id,
        "done" if made else "declined",
        first.time,
        getattr(first.data, "agent_id", None),
        getattr(first.data, "minutes", None),
    )
    return True


async def take_from_machines(connection: Connection, patience: timedelta, now: datetime) -> int:
    """What a machine has left for so long becomes a person's; returns how many that are."""
    rows = await connection.fetch(HANDS["left_by_machines"], now - patience, _SOME)
    for row in rows:
        told = _told(row["facts"])
        await connection.execute(HANDS["take_from_machine"], row["customer"], row["prompt_id"], now)
        published = PublishedPrompt(
            prompt_id=row["prompt_id"],
            customer=row["customer"],
            trigger=row["trigger"],
            cause_at=row["cause_at"],
            priority=row["priority"],
            minutes=row["minutes"],
            why=told.why,
            facts=told.facts,
        )
        await outbox.put_event(
            connection,
            OutreachReleased(prompt_id=row["prompt_id"], reason="machine"),
            subject=row["customer"],
            source=SOURCE,
            id=f"{row['prompt_id']}:machine",
            time=row["delivered_at"] + patience,
            traceparent=row["traceparent"],
            and_then=[
                outbox.Entry(PROMPTS, row["customer"], msgspec.json.encode(published), row["traceparent"])
            ],
        )
    return len(rows)


def _promise(
    prompt: Prompted,
    due: datetime,
    events: Sequence[Event],
    at: datetime,
    trace: str | None,
    language: Language,
) -> outbox.Entry:
    """Promises that a person will get in touch: the ledger, and its triggers, see to that."""
    spoken = (language_of(sorted(events, key=lambda event: event.order)) or language)[:2].lower()
    what = next((text for name, text in _A_PERSON.items() if name == spoken), _A_PERSON[language])
    promise = promise_id(prompt.prompt_id)
    return outbox.event_entry(
        PromiseMade(
            promise_id=promise,
            what=what,
            due=due,
            to="customer",
        ),
        subject=prompt.customer,
        source=SOURCE,
        id=f"{promise}:made",
        time=at,
        traceparent=trace,
    )


def _channel(ordered: Sequence[Event]) -> Channel | None:
    """Where a customer last said that they want to be reached."""
    said: list[Channel] = [
        event.data.channel
        for event in ordered
        if isinstance(event.data, PreferenceSet) and event.data.channel is not None
    ]
    return said[-1] if said else None
