"""Praise reaches whoever earned it: their thanks are an event of their own."""

from events import PraiseGiven, TeamThanked
from events.plain import is_short
from projections.causes import Cause
from projections.outreach.shifts import AGENT, plain_id
from projections.triggers import Known
from services.runtime import outbox
from services.runtime.database import Connection

SOURCE = "/egard/outreach"


async def route_praise(connection: Connection, cause: Cause, known: Known) -> None:
    """Tells an agent that a customer thanked them, once: id and time follow from the praise.

    The customer's own words stay with the customer: an agent's record would keep them when the customer is
    forgotten.
    """
    praise = known.named(cause)
    if praise is None or not isinstance(praise.data, PraiseGiven) or praise.data.agent_id is None:
        return
    subject = AGENT + plain_id(praise.data.agent_id)
    if is_short(subject) and subject.isprintable():
        await outbox.put_event(
            connection,
            TeamThanked(),
            subject=subject,
            source=SOURCE,
            id=f"{praise.identity.hex()}:thanked",
            time=praise.time,
            traceparent=cause.traceparent,
        )
