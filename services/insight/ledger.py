"""The ledger of promises: what was promised, and where it stands."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from projections.explanation import PromiseState, promise_state
from projections.fold import fold_person
from projections.matters import Promise
from projections.strategy import Strategy
from services.insight.answers import Promised
from services.insight.histories import History
from services.runtime.rows import instant

_OWED = ("overdue", "open", "renegotiated")

SOON = timedelta(hours=24)
"""How long before its due a promise is called due soon, where nobody asks for another span."""


def soon(state: PromiseState, due: datetime | None, at: datetime, within: timedelta) -> bool:
    """Whether a promise that is still owed is due within a span, and not past its due yet."""
    return state in ("open", "renegotiated") and due is not None and due - at <= within


def ledger(
    promises: Iterable[tuple[str, str, Promise]], at: datetime, within: timedelta = SOON
) -> list[Promised]:
    """Promises by subject and id as they stand at an instant: what is owed first, then what ended last."""
    return sorted((_promised(*one, at, within) for one in promises), key=_order)


def ledger_of(history: History, strategy: Strategy, within: timedelta = SOON) -> list[Promised]:
    """The promises of a person as they stand at the instant of a history."""
    promises = (
        (subject, name, matter)
        for subject, state in fold_person(history.events, strategy).by_subject.items()
        for (_, name), matter in state.matters.items()
        if isinstance(matter, Promise)
    )
    return ledger(promises, history.at, within)


def _promised(subject: str, promise_id: str, promise: Promise, at: datetime, within: timedelta) -> Promised:
    made, changed = promise.made, promise.renegotiated
    state = promise_state(promise, at.timestamp())
    due = None if promise.due is None else instant(promise.due)
    ends = [part.at for part in (promise.kept, promise.released, promise.broken) if part is not None]
    return Promised(
        subject=subject,
        promise_id=promise_id,
        state=state,
        what=None if made is None else made.what,
        due=due,
        first_due=None if made is None else instant(made.due),
        due_soon=soon(state, due, at, within),
        made_at=None if made is None else instant(made.at),
        renegotiated_at=None if changed is None else instant(changed.at),
        ended_at=instant(min(ends)) if ends else None,
        agent_id=None if made is None else made.agent_id,
        to=None if made is None else made.to or "customer",
    )


def _order(promised: Promised) -> tuple[int, float, str, str]:
    if promised.state in _OWED:
        due = promised.due
        return (0, float("inf") if due is None else due.timestamp(), promised.promise_id, promised.subject)
    ended = promised.ended_at
    return (1, 0.0 if ended is None else -ended.timestamp(), promised.promise_id, promised.subject)
