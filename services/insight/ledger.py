"""The ledger of promises: what was promised, and where it stands."""

from collections.abc import Iterable
from datetime import datetime

from projections.explanation import promise_state
from projections.fold import fold_person
from projections.matters import Promise
from projections.strategy import Strategy
from services.insight.answers import Promised
from services.insight.histories import History
from services.runtime.rows import instant

_OWED = ("overdue", "open", "renegotiated")


def ledger(promises: Iterable[tuple[str, str, Promise]], at: datetime) -> list[Promised]:
    """Promises by subject and id as they stand at an instant: what is owed first, then what ended last."""
    return sorted((_promised(*one, at) for one in promises), key=_order)


def ledger_of(history: History, strategy: Strategy) -> list[Promised]:
    """The promises of a person as they stand at the instant of a history."""
    promises = (
        (subject, name, matter)
        for subject, state in fold_person(history.events, strategy).by_subject.items()
        for (_, name), matter in state.matters.items()
        if isinstance(matter, Promise)
    )
    return ledger(promises, history.at)


def _promised(subject: str, promise_id: str, promise: Promise, at: datetime) -> Promised:
    made = promise.made
    ends = [part.at for part in (promise.kept, promise.released, promise.broken) if part is not None]
    return Promised(
        subject=subject,
        promise_id=promise_id,
        state=promise_state(promise, at.timestamp()),
        what=None if made is None else made.what,
        due=None if promise.due is None else instant(promise.due),
        made_at=None if made is None else instant(made.at),
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
