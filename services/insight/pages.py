"""The pages of insight: the list of relationships, and one customer's story."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, get_args
from urllib.parse import quote, urlencode

from litestar import Response, get
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.types import ControllerRouterHandler

from projections.bands import Band
from projections.explanation import Explanation, explain
from projections.strategy import Dimension, Strategy
from services.insight import parameters
from services.insight.announced import Told, beside, runs_apart
from services.insight.answers import Promised, Relationship
from services.insight.archive import Archive, Unheard, customer_in
from services.insight.chart import Chart, chart
from services.insight.curve import curve, instants
from services.insight.histories import History
from services.insight.ledger import ledger_of
from services.insight.telling import explained, happened, in_view, tied
from services.insight.views import Views, views
from services.insight.words import Speaker
from services.runtime.assets import Pages
from services.runtime.service import Context

_EXPORT = "/v1/exports/relationships.csv"

_DAYS, _POINTS = 90, 90
_EVENTS = 30
_LISTED = 50
_GROUPS = 8
"""Groups of an explanation that stand open; the rest unfolds."""

_OWED = 5
"""Of what is still owed, so much is named: the newest."""

_VIEWS = 8
"""Of what the customer stated and agents judged, so much is shown beside what was read: the latest."""

_BEHIND = 5.0
"""Points by which one dimension is clearly behind the other."""

_APART = 0.5
"""Points by which something was announced otherwise than is known now, so that a drawing shows it."""

_ANNOUNCED = 500
"""Of what was announced, so much is looked at: the latest."""


def page_handlers(context: Context, archive: Archive, speaker: Speaker) -> Sequence[ControllerRouterHandler]:
    """`/insight` and `/customers/{id}`."""
    strategy = context.strategy
    pages = Pages(
        Path(__file__).with_name("templates"),
        context.settings.language,
        speaker.texts,
        {
            "number": speaker.number,
            "signed": speaker.signed,
            "share": speaker.share,
            "days": speaker.days,
            "ago": speaker.ago,
            "when": speaker.when,
            "day": speaker.day,
            "says": speaker.text,
            "raw": lambda data: bytes(data).decode(),
        },
        bands=speaker.bands,
        ledger=speaker.ledger,
        dimensions=speaker.dimensions,
    )

    @get("/insight", include_in_schema=False, opt={"scope": "read"})
    async def insight(
        band: FromQuery[str | None] = None,
        min_confidence: FromQuery[str | None] = None,
        customer: FromQuery[str | None] = None,
        page: Annotated[str | None, QueryParameter(description="The place of an earlier page's end.")] = None,
    ) -> Response[str]:
        """How many relationships are in each band, and those that changed last."""
        bands = parameters.bands("band", [band] if band else [])
        confidence = parameters.share("min_confidence", min_confidence or None)
        beginning = parameters.beginning("customer", customer)
        found = await archive.latest(
            before=parameters.change("page", page),
            bands=bands,
            confidence=confidence,
            beginning=beginning,
            limit=_LISTED + 1,
        )
        shown = found[:_LISTED]
        asked = {"band": band, "min_confidence": min_confidence, "customer": customer}
        older = None
        if len(found) > _LISTED:
            place = parameters.token(shown[-1].changed_at, shown[-1].customer)
            older = _address({**asked, "page": place})
        return pages.show(
            "insight.html",
            counts=await archive.count_bands(),
            every_band=get_args(Band),
            relationships=shown,
            asked=asked,
            older=older,
            newest=_address(asked) if page else None,
            export=_EXPORT + _address({"band": band, "min_confidence": min_confidence}),
        )

    @get("/customers/{customer:str}", include_in_schema=False, opt={"scope": "read"})
    async def story(
        customer: FromPath[str],
        at: FromQuery[str | None] = None,
        day: FromQuery[str | None] = None,
        before: FromQuery[str | None] = None,
    ) -> Response[str]:
        """One customer's reading, why it is so, the promises, and what happened."""
        moment = parameters.reading_time("at", at, strategy) or parameters.end_of_day("day", day, strategy)
        place = parameters.place("before", before)
        try:
            who = customer_in(customer)
            reading = await (archive.live(who) if moment is None else archive.past(who, moment))
            history = await archive.history(who, reading.taken_at)
            page, rest, _ = await archive.timeline(who, place, _EVENTS, moment)
            rows = await archive.announced(who, history.at, _ANNOUNCED)
            population = await archive.population()
        except Unheard as unheard:
            return pages.show("nobody.html", status=404, customer=str(unheard))
        asked = {"at": at, "day": day}
        drawn, why, promises, said = await asyncio.to_thread(_study, history, rows, strategy)
        return pages.show(
            "customer.html",
            reading=reading,
            weaker=_weaker(reading),
            looking_back=moment is not None,
            chart=drawn,
            days=_DAYS,
            why=explained(history, why, population, strategy, speaker, looking_back=moment is not None),
            open_groups=_GROUPS,
            untied=[tied(knot, speaker) for knot in in_view(why.knots) if not knot.open],
            open_owed=_OWED,
            promises=promises,
            views=said.views,
            events=[happened(one, speaker) for one in page],
            day=day,
            older=None if rest is None else _address({**asked, "before": parameters.token(*rest)}),
            newest=_address(asked) if before else None,
            watch=f"/v1/customers/{quote(who, safe='')}/relationship",
            record=_record(context.settings.customer_url, who),
        )

    @get("/insight/calibration", include_in_schema=False, opt={"scope": "read"})
    async def calibration() -> Response[str]:
        """What customers state and agents judge, beside what is read."""
        return pages.show("calibration.html", all=await archive.said())

    return [insight, story, calibration]


def _study(
    history: History, rows: Sequence[Told], strategy: Strategy
) -> tuple[Chart, Explanation, list[Promised], Views]:
    """What a customer's story is made of; it takes a while where the story is long."""
    times = instants(history.at, _DAYS, _POINTS)
    shown = [row for row in rows if row.taken_at >= times[0]]
    apart = [
        [(one.taken_at, one.announced.health) for one in run]
        for run in runs_apart(beside(shown, history, strategy), _APART)
    ]
    drawn = chart(curve(history, strategy, times), strategy, apart)
    why = explain(history.events, strategy, history.at.timestamp())
    return drawn, why, ledger_of(history, strategy), views(history, strategy, _VIEWS)


def _weaker(reading: Relationship) -> Dimension | None:
    """The dimension that is clearly behind the other, where enough is known to say so."""
    ahead = reading.recognition - reading.responsiveness
    if not reading.known or abs(ahead) < _BEHIND:
        return None
    return "responsiveness" if ahead > 0 else "recognition"


def _record(template: str | None, customer: str) -> str | None:
    return None if template is None else template.replace("{customer}", quote(customer, safe=""))


def _address(asked: dict[str, Any]) -> str:
    """An address on the same page."""
    return "?" + urlencode({name: value for name, value in asked.items() if value})
