"""A dry run: what a request would do, were it published. Nothing is written, nothing is sent."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from litestar.exceptions import ClientException

from events import Event, Refused, check_repetition, decode, is_slip
from projections.bands import Band
from projections.corrections import standing
from projections.outreach.course import Given, Joins, Withheld, course
from projections.outreach.prompts import Prompt, Told, with_more
from projections.preview import Fired, Preview, preview
from projections.reading import Reading
from projections.strategy import Strategy
from projections.trigger_rules import TriggerRule
from projections.triggers import Due, Stale, reason_of, trigger_of
from services.gateway.dry_answers import (
    Answer,
    Customer,
    Moved,
    Outcome,
    Owed,
    Prompting,
    Reason,
    Taken,
    Tried,
)
from services.gateway.intake import Item, problem_of
from services.runtime.database import Connection, Pool
from services.runtime.queries import Queries
from services.runtime.rows import instant

MAX_EVENTS = 1_000
"""The most events of a request that are tried out."""

MAX_CUSTOMERS = 100
"""The most customers of a request."""

MAX_HISTORY = 10_000
"""The most events that these customers may have behind them, all together."""

MAX_HISTORY_BYTES = 16 * 1024 * 1024
"""And the most bytes: all of it is in memory at once."""

_QUERIES = Queries(Path(__file__).with_name("dry_run.sql"))

_prompt = msgspec.json.Decoder(Prompt).decode


class _Past(msgspec.Struct):
    """What is known of a customer."""

    events: list[Event]
    band: Band | None
    prompts: list[Prompt]


async def dry_run(
    pool: Pool, strategy: Strategy, items: list[Item], problems: list[dict[str, Any]], now: datetime
) -> dict[str, Any]:
    """What publishing events that passed the checks would do to their customers, as JSON values.

    `problems` are those of the request's other events. Events that the topic holds and the projector has not
    read yet are not known here. Raises `ClientException` (413) where it would be too much to look at.
    """
    if len(items) > MAX_EVENTS:
        raise _too_much(f"The request has {len(items):,} events; a dry run takes at most {MAX_EVENTS:,}")
    async with (
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        accepted, reused = await _accept(connection, items)
        customers = sorted({item.event.subject for item, _ in accepted if not _is_agent(item.event.subject)})
        pasts = await _pasts(connection, customers)
    new: dict[str, dict[bytes, Event]] = {}
    for item, is_new in accepted:
        if is_new:
            new.setdefault(item.event.subject, {}).setdefault(item.event.identity, item.event)

    def look() -> list[Customer]:
        return [
            _customer(name, _past(pasts[name]), list(new.get(name, {}).values()), strategy, now)
            for name in customers
        ]

    slips = sorted({item.event.type for item, _ in accepted if is_slip(item.event.type)})
    answer = Answer(
        dry_run=True,
        accepted=len(accepted),
        refused=sorted([*problems, *reused], key=lambda one: int(one["index"])),
        events=[_tried(item, is_new) for item, is_new in accepted],
        customers=await asyncio.to_thread(look),
        unknown_types=slips or msgspec.UNSET,
    )
    found: dict[str, Any] = msgspec.to_builtins(answer)
    return found


async def _accept(
    connection: Connection, items: Sequence[Item]
) -> tuple[list[tuple[Item, bool]], list[dict[str, Any]]]:
    """The events that would be accepted, and whether each is new; and the problems of reused ids."""
    rows = await connection.fetch(
        _QUERIES["known_bodies"],
        [item.event.subject for item in items],
        [item.event.identity for item in items],
    )
    known = {(row["customer"], row["identity"]): row["body"] for row in rows}
    seen = set(known)
    accepted: list[tuple[Item, bool]] = []
    problems: list[dict[str, Any]] = []
    for item in items:
        key = (item.event.subject, item.event.identity)
        try:
            if key in known:
                check_repetition(known[key], item.event)
        except Refused as refusal:
            problems.append(problem_of(refusal, item.index, item.event.body))
        else:
            accepted.append((item, key not in seen))
            seen.add(key)
    return accepted, problems


async def _pasts(connection: Connection, customers: list[str]) -> dict[str, dict[str, list[Any]]]:
    """Rows of the customers' journals, bands and prompts."""
    if len(customers) > MAX_CUSTOMERS:
        raise _too_much(
            f"The request is about {len(customers):,} customers; a dry run takes at most {MAX_CUSTOMERS:,}"
        )
    count = await connection.fetchval(_QUERIES["count_events"], customers)
    if count > MAX_HISTORY:
        raise _too_much(
            f"These customers have {count:,} events behind them; a dry run looks at {MAX_HISTORY:,} at most"
        )
    size = await connection.fetchval(_QUERIES["measure_events"], customers)
    if size > MAX_HISTORY_BYTES:
        raise _too_much(
            f"These customers' events take {size:,} bytes; a dry run looks at {MAX_HISTORY_BYTES:,} at most"
        )
    found: dict[str, dict[str, list[Any]]] = {name: {} for name in customers}
    for query in ("history", "bands", "prompts"):
        for row in await connection.fetch(_QUERIES[query], customers):
            found[row["customer"]].setdefault(query, []).append(row)
    return found


def _past(rows: Mapping[str, list[Any]]) -> _Past:
    return _Past(
        events=[decode(row["body"], arrived=row["arrived"]) for row in rows.get("history", ())],
        band=next((row["band"] for row in rows.get("bands", ())), None),
        prompts=[_prompt(row["prompt"]) for row in rows.get("prompts", ())],
    )


def _customer(name: str, past: _Past, new: list[Event], strategy: Strategy, now: datetime) -> Customer:
    found = preview(past.events, new, past.band, strategy, now)
    return Customer(
        customer=name,
        taken_at=instant(found.at),
        strategy=strategy.version,
        before=_taken(found.before),
        after=_taken(found.after),
        change=_moved(found),
        prompts=_prompting(found.fired, standing([*past.events, *new]), past, strategy, now),
        deadlines=[
            Owed(promise_id=promise_id, overdue_at=due)
            for promise_id, due in sorted(found.owed.items(), key=lambda one: (one[1], one[0]))
        ],
        no_longer_owed=list(found.no_longer_owed),
    )


def _prompting(
    fired: Sequence[Fired], events: Sequence[Event], past: _Past, strategy: Strategy, now: datetime
) -> list[Prompting]:
    """What would become of what fired, one after the other: each knows what became of those before it."""
    prompts = list(past.prompts)
    found: list[Prompting] = []
    for one in fired:
        rule = trigger_of(one.cause, strategy)
        if rule is None:
            continue
        cause, decision = one.cause, one.decision
        became = course(cause.customer, cause.trigger, decision, rule, events, prompts, strategy, now)
        outcome: Outcome = "prompt"
        reason: Reason | None = None
        if became is None:
            outcome, reason = "nothing", "decided_already"
        elif isinstance(became, Joins):
            outcome = "joined"
            found = [_told_of(said, decision, became.prompt.prompt_id) for said in found]
        elif isinstance(became, Withheld):
            outcome, reason = "withheld", became.reason
        if isinstance(became, Given | Withheld):
            prompts.append(_as_kept(one, rule, became, now))
        found.append(
            Prompting(
                trigger=cause.trigger,
                outcome=outcome,
                reason=reason,
                deliver_at=became.deliver_at if isinstance(became, Given) else None,
                prompt_id=decision.prompt_id,
                episode=decision.episode,
                at=decision.at,
                priority=decision.priority,
                minutes=decision.minutes,
                why=decision.why,
                facts=decision.facts if isinstance(decision, Due) else [],
            )
        )
    return found


def _told_of(said: Prompting, more: Due | Stale, prompt_id: str) -> Prompting:
    """What a prompt would state that is told of another reason; others stay as they are."""
    if said.prompt_id != prompt_id or not isinstance(more, Due):
        return said
    told = with_more(Told(said.why, said.facts), said.priority, more)
    return msgspec.structs.replace(
        said,
        why=told.why,
        facts=told.facts,
        priority=max(said.priority, more.priority),
        minutes=max(said.minutes, more.minutes),
    )


def _as_kept(fired: Fired, rule: TriggerRule, became: Given | Withheld, now: datetime) -> Prompt:
    """The prompt that would be there then."""
    cause, decision = fired.cause, fired.decision
    given = isinstance(became, Given) and became.deliver_at is None
    return Prompt(
        customer=cause.customer,
        prompt_id=decision.prompt_id,
        trigger=cause.trigger,
        reason=reason_of(cause.trigger, rule),
        episode=decision.episode,
        state="open" if given else "held" if isinstance(became, Given) else "withheld",
        withheld=None if isinstance(became, Given) else became.reason,
        cause_at=decision.at,
        prompted_at=now,
        priority=decision.priority,
        minutes=decision.minutes,
        owed=rule.owed,
        actions=0,
        delivered_at=now if given else None,
        changed_at=now,
    )


def _taken(reading: Reading) -> Taken:
    return Taken(**msgspec.structs.asdict(reading), known=reading.band != "unknown")


def _moved(found: Preview) -> Moved:
    before, after = found.before, found.after
    return Moved(
        health=after.health - before.health,
        recognition=after.recognition - before.recognition,
        responsiveness=after.responsiveness - before.responsiveness,
        confidence=after.confidence - before.confidence,
        trend=after.trend - before.trend,
        band=None if after.band == before.band else after.band,
    )


def _tried(item: Item, is_new: bool) -> Tried:
    event = item.event
    return Tried(
        index=item.index,
        customer=event.subject,
        type=event.type,
        source=event.source,
        id=event.id,
        new=is_new,
    )


def _is_agent(subject: str) -> bool:
    return subject.startswith("agent:")


def _too_much(sentence: str) -> ClientException:
    return ClientException(f"{sentence}.", status_code=413)
