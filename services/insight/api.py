"""The JSON side of insight: readings, why they are so, and what they rest on."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

from litestar import Response, get
from litestar.params import FromPath, QueryParameter
from litestar.types import ControllerRouterHandler

from projections.explanation import explain
from projections.knots import find_knots
from projections.strategy import Strategy
from services.insight import contracts, parameters
from services.insight.announced import beside
from services.insight.answers import (
    Announcements,
    Curve,
    Explained,
    Knots,
    Ledger,
    Listing,
    Relationship,
    Timeline,
)
from services.insight.archive import Archive
from services.insight.asked import next_page as _next
from services.insight.asked import of_customer as _of
from services.insight.asked import path_of as _path
from services.insight.curve import curve, instants
from services.insight.telling import explained, happened, in_view, tied
from services.insight.views import AllViews, Views, views
from services.insight.words import Speaker
from services.runtime.web import name_in

_READ = {"scope": "read"}

_At = Annotated[
    str | None,
    QueryParameter(
        description="The instant to look back to: RFC 3339, with an offset.", schema_extra=contracts.INSTANT
    ),
]

_Before = Annotated[str | None, QueryParameter(description="The `next` of an earlier page.")]


def api_handlers(archive: Archive, speaker: Speaker, strategy: Strategy) -> Sequence[ControllerRouterHandler]:
    """`/v1/customers/{id}/…` and `/v1/relationships`."""

    @get("/v1/customers/{customer:str}/relationship", opt={**_READ, "operation": contracts.RELATIONSHIP})
    async def relationship(customer: FromPath[str], at: _At = None) -> Relationship:
        """The reading now, or what is known now about then."""
        moment = parameters.reading_time("at", at, strategy)
        return await _of(customer, archive.live if moment is None else lambda who: archive.past(who, moment))

    @get("/v1/customers/{customer:str}/explanation", opt={**_READ, "operation": contracts.EXPLANATION})
    async def explanation(customer: FromPath[str], at: _At = None) -> Explained:
        """What each event or matter moved, and what would raise health most."""
        moment = parameters.reading_time("at", at, strategy)
        history = await _of(customer, lambda who: archive.history(who, moment))
        found = await asyncio.to_thread(explain, history.events, strategy, history.at.timestamp())
        return explained(
            history, found, await archive.population(), strategy, speaker, looking_back=moment is not None
        )

    @get("/v1/customers/{customer:str}/timeline", opt={**_READ, "operation": contracts.TIMELINE})
    async def timeline(
        customer: FromPath[str],
        limit: Annotated[
            str | None,
            QueryParameter(
                description="At most so many, from 1 to 500.", schema_extra=contracts.whole(1, 500, 50)
            ),
        ] = None,
        before: _Before = None,
        at: _At = None,
    ) -> Response[Timeline]:
        """What happened, newest first; with an instant, until then."""
        most = parameters.whole("limit", limit, 50, 1, 500)
        place = parameters.place("before", before)
        moment = parameters.reading_time("at", at, strategy)
        events, rest, person = await _of(customer, lambda who: archive.timeline(who, place, most, moment))
        token = None if rest is None else parameters.token(*rest)
        page = Timeline(
            customer=name_in(customer),
            canonical=person.canonical,
            aliases=person.aliases,
            events=[happened(one, speaker) for one in events],
            next=token,
        )
        asked = {"limit": most, "before": token, "at": None if moment is None else moment.isoformat()}
        return Response(page, headers={} if token is None else _next(_path(customer, "timeline"), asked))

    @get("/v1/customers/{customer:str}/history", opt={**_READ, "operation": contracts.HISTORY})
    async def history_of(
        customer: FromPath[str],
        limit: Annotated[
            str | None,
            QueryParameter(
                description="At most so many, from 1 to 500.", schema_extra=contracts.whole(1, 500, 100)
            ),
        ] = None,
        before: _Before = None,
    ) -> Response[Announcements]:
        """What was announced, the latest first, beside what is known now about then."""
        most = parameters.whole("limit", limit, 100, 1, 500)
        end = parameters.announcement("before", before)
        history = await _of(customer, lambda who: archive.history(who, None))
        rows = await archive.announced(history.customer, end, most + 1)
        page = await asyncio.to_thread(beside, rows[:most], history, strategy)
        token = parameters.token(page[-1].taken_at) if len(rows) > most else None
        answer = Announcements(
            customer=history.customer,
            canonical=history.person.canonical,
            aliases=history.person.aliases,
            taken_at=history.at,
            strategy=strategy.version,
            readings=page,
            next=token,
        )
        asked = {"limit": most, "before": token}
        return Response(answer, headers={} if token is None else _next(_path(customer, "history"), asked))

    @get("/v1/customers/{customer:str}/promises", opt={**_READ, "operation": contracts.PROMISES})
    async def promises(
        customer: FromPath[str],
        at: _At = None,
        within_hours: Annotated[
            str | None,
            QueryParameter(
                description="How soon `due_soon` is, from 1 to 8760.",
                schema_extra=contracts.whole(1, 8760, 24),
            ),
        ] = None,
    ) -> Ledger:
        """What was promised, and what became of it; with an instant, by then."""
        moment = parameters.reading_time("at", at, strategy)
        within = timedelta(hours=parameters.whole("within_hours", within_hours, 24, 1, 8760))
        ledger, taken_at, person = await _of(customer, lambda who: archive.promises(who, moment, within))
        return Ledger(
            customer=name_in(customer),
            canonical=person.canonical,
            aliases=person.aliases,
            taken_at=taken_at,
            states=Counter(one.state for one in ledger),
            promises=ledger,
        )

    @get("/v1/customers/{customer:str}/knots", opt={**_READ, "operation": contracts.KNOTS})
    async def knots(customer: FromPath[str], at: _At = None) -> Knots:
        """Patterns in which each side makes it worse, what each rests on, and its way out; now, or then."""
        moment = parameters.reading_time("at", at, strategy)
        history = await _of(customer, lambda who: archive.history(who, moment))
        found = await asyncio.to_thread(find_knots, history.events, strategy, history.at.timestamp())
        return Knots(
            customer=history.customer,
            canonical=history.person.canonical,
            aliases=history.person.aliases,
            taken_at=history.at,
            strategy=strategy.version,
            knots=[tied(knot, speaker) for knot in in_view(found)],
        )

    @get("/v1/customers/{customer:str}/curve", opt={**_READ, "operation": contracts.CURVE})
    async def curve_of(
        customer: FromPath[str],
        days: Annotated[
            str | None,
            QueryParameter(
                description="How many days back, from 1 to 3650.", schema_extra=contracts.whole(1, 3650, 90)
            ),
        ] = None,
        points: Annotated[
            str | None,
            QueryParameter(
                description="How many readings, from 2 to 500.", schema_extra=contracts.whole(2, 500, 60)
            ),
        ] = None,
        at: _At = None,
    ) -> Curve:
        """The reading at evenly spread instants, up to now or to another instant."""
        length = parameters.whole("days", days, 90, 1, 3650)
        count = parameters.whole("points", points, 60, 2, 500)
        moment = parameters.curve_end("at", at, length, strategy)
        history = await _of(customer, lambda who: archive.history(who, moment))
        times = instants(history.at, length, count)
        found = await asyncio.to_thread(curve, history, strategy, times)
        return Curve(
            customer=name_in(customer),
            canonical=history.person.canonical,
            aliases=history.person.aliases,
            taken_at=history.at,
            strategy=strategy.version,
            points=found,
        )

    @get("/v1/relationships", opt={**_READ, "operation": contracts.LISTING})
    async def relationships(
        band: Annotated[
            list[str] | None, QueryParameter(description="Only these bands.", schema_extra=contracts.BANDS)
        ] = None,
        min_confidence: Annotated[
            str | None, QueryParameter(description="From 0 to 1.", schema_extra=contracts.SHARE)
        ] = None,
        changed_since: Annotated[
            str | None,
            QueryParameter(description="RFC 3339, with an offset.", schema_extra=contracts.INSTANT),
        ] = None,
        limit: Annotated[
            str | None,
            QueryParameter(
                description="At most so many, from 1 to 1000.", schema_extra=contracts.whole(1, 1000, 100)
            ),
        ] = None,
        page_token: Annotated[str | None, QueryParameter(description="From an earlier page.")] = None,
    ) -> Response[Listing]:
        """Readings of many relationships, by customer; each says when it was taken."""
        bands = parameters.bands("band", band)
        confidence = parameters.share("min_confidence", min_confidence)
        since = parameters.instant("changed_since", changed_since)
        most = parameters.whole("limit", limit, 100, 1, 1000)
        after = parameters.customer("page_token", page_token)
        found = await archive.listing(
            after=after,
            bands=bands,
            confidence=confidence,
            changed_since=since,
            limit=most + 1,
        )
        page = found[:most]
        token = parameters.token(page[-1].customer) if len(found) > most else None
        asked = {
            "band": bands,
            "min_confidence": confidence or None,
            "changed_since": None if since is None else since.isoformat(),
            "limit": most,
            "page_token": token,
        }
        listing = Listing(relationships=page, next_page_token=token)
        return Response(listing, headers={} if token is None else _next("/v1/relationships", asked))

    @get("/v1/customers/{customer:str}/calibration", opt={**_READ, "operation": contracts.VIEWS})
    async def calibration_of(customer: FromPath[str]) -> Views:
        """What the customer stated and agents judged, the latest first, beside what was read."""
        history = await _of(customer, lambda who: archive.history(who, None))
        return await asyncio.to_thread(views, history, strategy)

    @get("/v1/calibration", opt={**_READ, "operation": contracts.ALL_VIEWS})
    async def calibration() -> AllViews:
        """What all customers stated and agents judged, beside what was read."""
        return await archive.said()

    return [
        *(relationship, explanation, timeline, history_of, promises, knots, curve_of, relationships),
        *(calibration_of, calibration),
    ]
