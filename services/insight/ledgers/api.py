"""The JSON side of ledgers: of one customer at any instant, and over all customers as they stand."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, cast, get_args

from litestar import Response, get
from litestar.params import FromPath, QueryParameter
from litestar.types import ControllerRouterHandler

from projections.strategy import Strategy
from services.insight import contracts as insight_contracts
from services.insight import parameters
from services.insight.archive import Archive
from services.insight.asked import next_page, of_customer
from services.insight.ledgers import contracts
from services.insight.ledgers.answers import (
    Ended,
    Owing,
    PromisePage,
    Recognition,
    RecognitionLedger,
    RecognitionPage,
    Tellings,
    ToldPage,
    Waits,
    WaitsPage,
)
from services.insight.ledgers.entries import recognition_of, tellings_of, waits_of
from services.insight.ledgers.lists import Lists

_At = Annotated[
    str | None,
    QueryParameter(
        description="The instant to look back to: RFC 3339, with an offset.",
        schema_extra=insight_contracts.INSTANT,
    ),
]
_Limit = Annotated[
    str | None,
    QueryParameter(
        description="At most so many, from 1 to 500.", schema_extra=insight_contracts.whole(1, 500, 50)
    ),
]
_PageToken = Annotated[str | None, QueryParameter(description="From an earlier page.")]

STATES = (*get_args(Owing), *get_args(Ended))
WHOSE = ("customer", "agent")
DAY = 24


def ledger_handlers(archive: Archive, lists: Lists, strategy: Strategy) -> Sequence[ControllerRouterHandler]:
    """`/v1/customers/{id}/tellings`, `…/waiting` and `…/recognition`; over all, `/v1/promises` and these."""
    return [*_of_one(archive, strategy), *_over_all(lists)]


def _of_one(archive: Archive, strategy: Strategy) -> list[ControllerRouterHandler]:
    @get("/v1/customers/{customer:str}/tellings", opt={"scope": "read", "operation": contracts.TELLINGS})
    async def tellings_of_customer(customer: FromPath[str], at: _At = None) -> Tellings:
        """What a customer had to tell more than once, as published and as one may suspect."""
        moment = parameters.reading_time("at", at, strategy)
        history = await of_customer(customer, lambda who: archive.history(who, moment))
        return await asyncio.to_thread(tellings_of, history)

    @get("/v1/customers/{customer:str}/waiting", opt={"scope": "read", "operation": contracts.WAITING})
    async def waits_of_customer(customer: FromPath[str], at: _At = None) -> Waits:
        """The contacts of a customer that wait for an answer, and how long by the business clock."""
        moment = parameters.reading_time("at", at, strategy)
        history = await of_customer(customer, lambda who: archive.history(who, moment))
        return await asyncio.to_thread(waits_of, history, strategy)

    @get(
        "/v1/customers/{customer:str}/recognition", opt={"scope": "read", "operation": contracts.RECOGNITION}
    )
    async def recognition_of_customer(customer: FromPath[str], at: _At = None) -> RecognitionLedger:
        """How often a customer was remembered and overlooked, and each time."""
        moment = parameters.reading_time("at", at, strategy)
        history = await of_customer(customer, lambda who: archive.history(who, moment))
        return await asyncio.to_thread(recognition_of, history)

    return [tellings_of_customer, waits_of_customer, recognition_of_customer]


def _over_all(lists: Lists) -> list[ControllerRouterHandler]:
    @get("/v1/promises", opt={"scope": "read", "operation": contracts.ALL_PROMISES})
    async def all_promises(
        standing: Annotated[
            str | None,
            QueryParameter(
                name="state",
                description="Only these; without it, all that is still owed.",
                schema_extra=contracts.words(*STATES),
            ),
        ] = None,
        within_hours: Annotated[
            str | None,
            QueryParameter(
                description="How soon `due_soon` is, from 1 to 8760.",
                schema_extra=insight_contracts.whole(1, 8760, DAY),
            ),
        ] = None,
        to: Annotated[
            str | None,
            QueryParameter(description="To whom they were made.", schema_extra=contracts.words(*WHOSE)),
        ] = None,
        limit: _Limit = None,
        page_token: _PageToken = None,
    ) -> Response[PromisePage]:
        """What is still owed, by its due; or, by their states, promises that ended, the latest first."""
        which = parameters.one_of("state", standing, STATES)
        hours = parameters.whole("within_hours", within_hours, DAY, 1, 8760)
        whose = parameters.one_of("to", to, WHOSE)
        most = parameters.whole("limit", limit, 50, 1, 500)
        now = datetime.now(UTC)
        rest: Any
        if which in get_args(Ended):
            before = parameters.said("page_token", page_token)
            page, rest = await lists.ended([cast("Ended", which)], whose, before, most, now)
        else:
            after = parameters.matter("page_token", page_token)
            owing = cast("Owing | None", which)
            page, rest = await lists.owed(owing, timedelta(hours=hours), whose, after, most, now)
        token = None if rest is None else parameters.token(*rest)
        asked = {"state": which, "within_hours": within_hours and hours, "to": whose, "limit": most}
        return _answer(PromisePage(taken_at=now, promises=page, next_page_token=token), "promises", asked)

    @get("/v1/tellings", opt={"scope": "read", "operation": contracts.ALL_TELLINGS})
    async def all_tellings(
        suspected: Annotated[
            str | None,
            QueryParameter(
                description="Those of the last 30 days that nobody published and that one may suspect.",
                schema_extra=insight_contracts.TRUTH,
            ),
        ] = None,
        limit: _Limit = None,
        page_token: _PageToken = None,
    ) -> Response[ToldPage]:
        """What customers had to tell again, the latest first."""
        most = parameters.whole("limit", limit, 50, 1, 500)
        rest: Any
        if parameters.truth("suspected", suspected):
            change = parameters.change("page_token", page_token) or parameters.LAST_CHANGE
            told, rest = await lists.suspected(change, datetime.now(UTC))
        else:
            told, rest = await lists.retold(parameters.said("page_token", page_token), most)
        token = None if rest is None else parameters.token(*rest)
        return _answer(
            ToldPage(told=told, next_page_token=token), "tellings", {"suspected": suspected, "limit": most}
        )

    @get("/v1/waiting", opt={"scope": "read", "operation": contracts.ALL_WAITING})
    async def all_waiting(
        given_up: Annotated[
            str | None,
            QueryParameter(
                description="Those instead who have surely given up.", schema_extra=insight_contracts.TRUTH
            ),
        ] = None,
        limit: _Limit = None,
        page_token: _PageToken = None,
    ) -> Response[WaitsPage]:
        """Contacts that wait for an answer, the oldest first, and how long by the business clock."""
        most = parameters.whole("limit", limit, 50, 1, 500)
        after = parameters.matter("page_token", page_token)
        now = datetime.now(UTC)
        contacts, rest = await lists.waiting(parameters.truth("given_up", given_up), after, most, now)
        token = None if rest is None else parameters.token(*rest)
        page = WaitsPage(taken_at=now, contacts=contacts, next_page_token=token)
        return _answer(page, "waiting", {"given_up": given_up, "limit": most})

    @get("/v1/recognition", opt={"scope": "read", "operation": contracts.ALL_RECOGNITION})
    async def all_recognition(
        kind: Annotated[
            str | None,
            QueryParameter(description="Only these.", schema_extra=contracts.words(*get_args(Recognition))),
        ] = None,
        limit: _Limit = None,
        page_token: _PageToken = None,
    ) -> Response[RecognitionPage]:
        """Times at which customers were remembered or overlooked, the latest first."""
        which = cast("Recognition | None", parameters.one_of("kind", kind, get_args(Recognition)))
        most = parameters.whole("limit", limit, 50, 1, 500)
        times, rest = await lists.recognition(which, parameters.said("page_token", page_token), most)
        token = None if rest is None else parameters.token(*rest)
        page = RecognitionPage(times=times, next_page_token=token)
        return _answer(page, "recognition", {"kind": which, "limit": most})

    return [all_promises, all_tellings, all_waiting, all_recognition]


def _answer(page: Any, name: str, asked: dict[str, Any]) -> Response[Any]:
    token = page.next_page_token
    headers = {} if token is None else next_page(f"/v1/{name}", {**asked, "page_token": token})
    return Response(page, headers=headers)
