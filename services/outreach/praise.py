"""Praise reaches whoever earned it: their thanks are an event of their own."""

from collections.abc import Iterable

from events import Event, PraiseGiven, TeamThanked
from events.plain import is_short
from projections.causes import Cause
from projections.outreach.shifts import AGENT, plain_id
from projections.triggers.decision import is_of
from services.runtime import outbox
from services.runtime.database import Connection

SOURCE = "/egard/outreach"


async def route_praise(connection: Connection, cause: Cause, events: Iterable[Event]) -> None:
    """Tells an agent that a customer thanked them, once: id and time follow from the praise.

    The customer's own words stay with the customer: an agent's record would keep them when the customer is
    forgotten.
    """
    for event in events:
        if is_of(cause, event) and isinstance(event.data, PraiseGiven) and event.data.agent_id is not None:
            subject = AGENT + plain_id(event.data.agent_id)
            if is_short(subject) and subject.isprintable():
                await outbox.put_event(
                    connection,
                    TeamThanked(),
                    subject=subject,
                    source=SOURCE,
                    id=f"{event.identity.hex()}:thanked",
                    time=event.time,
                    traceparent=cause.traceparent,
                )
