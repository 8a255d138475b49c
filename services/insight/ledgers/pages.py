"""The pages of ledgers: one for each over all customers, and one of all four for each customer."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, cast, get_args
from urllib.parse import urlencode

import msgspec
from litestar import Response, get
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.types import ControllerRouterHandler

from projections.strategy import Strategy
from services.insight import parameters
from services.insight.answers import Promised
from services.insight.archive import Archive, Unheard, customer_in
from services.insight.histories import History
from services.insight.ledger import ledger_of, soon
from services.insight.ledgers.answers import (
    Ended,
    Owing,
    Recognition,
    RecognitionLedger,
    Tellings,
    Waits,
)
from services.insight.ledgers.entries import recognition_of, tellings_of, waits_of
from services.insight.ledgers.lists import LAST_DAYS, Lists
from services.insight.ledgers.words import TEXTS
from services.insight.words import Speaker
from services.runtime.assets import Pages
from services.runtime.service import Context

_LISTED = 50
_SOON = timedelta(hours=24)
_LEDGERS = ("promises", "tellings", "waiting", "recognition")


class _Choice(msgspec.Struct, frozen=True):
    """One of the lists that a page offers."""

    label: str
    address: str
    chosen: bool


def ledger_pages(
    context: Context, archive: Archive, lists: Lists, speaker: Speaker
) -> Sequence[ControllerRouterHandler]:
    """`/insight/promises`, `…/tellings`, `…/waiting`, `…/recognition`, and `/customers/{id}/ledgers`."""
    strategy = context.strategy
    texts = {**speaker.texts, **TEXTS[context.settings.language]}

    def says(key: str, **values: object) -> str:
        return texts[key].format(**values)

    def wait(seconds: float) -> str:
        minutes = int(seconds // 60)
        if minutes < 60:
            return says("minutes", minutes=minutes)
        return says("hours", hours=speaker.number(minutes // 60, 0), minutes=f"{minutes % 60:02}")

    pages = Pages(
        Path(__file__).parents[1] / "templates",
        context.settings.language,
        texts,
        {
            "when": speaker.when,
            "says": says,
            "wait": wait,
            "word": speaker.word,
            "is_soon": lambda one: soon(one.state, one.due, datetime.now(UTC), _SOON),
        },
        states=speaker.ledger,
        every_ledger=_LEDGERS,
    )

    def show(ledger: str, some: Sequence[Any], rest: Any, page: str | None, **more: Any) -> Response[str]:
        asked = more.pop("asked", {})
        return pages.show(
            f"ledger_{ledger}.html",
            ledger=ledger,
            some=some,
            older=None if rest is None else _address({**asked, "page": parameters.token(*rest)}),
            newest=_address(asked) if page else None,
            **more,
        )

    @get("/insight/promises", include_in_schema=False, opt={"scope": "read"})
    async def promises_page(
        standing: Annotated[str | None, QueryParameter(name="state")] = None,
        page: FromQuery[str | None] = None,
    ) -> Response[str]:
        """What is still owed, and what became of the rest."""
        which = parameters.one_of("state", standing or None, (*get_args(Owing), *get_args(Ended)))
        now = datetime.now(UTC)
        rest: Any
        if which in get_args(Ended):
            before = parameters.said("page", page)
            some, rest = await lists.ended([cast("Ended", which)], None, before, _LISTED, now)
        else:
            after = parameters.matter("page", page)
            some, rest = await lists.owed(cast("Owing | None", which), _SOON, None, after, _LISTED, now)
        hours = int(_SOON / timedelta(hours=1))
        choices = [_Choice(texts["owed"], "/insight/promises", which is None)] + [
            _Choice(says(one, hours=hours), _address({"state": one}), one == which)
            for one in ("due_soon", "overdue", *get_args(Ended))
        ]
        return show("promises", some, rest, page, asked={"state": which}, choices=choices)

    @get("/insight/tellings", include_in_schema=False, opt={"scope": "read"})
    async def tellings_page(
        suspected: FromQuery[str | None] = None, page: FromQuery[str | None] = None
    ) -> Response[str]:
        """What was told again, as published or as one may suspect."""
        suspicions = parameters.truth("suspected", suspected or None)
        rest: Any
        if suspicions:
            change = parameters.change("page", page) or parameters.LAST_CHANGE
            some, rest = await lists.suspected(change, datetime.now(UTC))
        else:
            some, rest = await lists.retold(parameters.said("page", page), _LISTED)
        choices = [
            _Choice(texts["published"], "/insight/tellings", not suspicions),
            _Choice(texts["suspected"], _address({"suspected": "true"}), suspicions),
        ]
        asked = {"suspected": "true" if suspicions else None}
        return show(
            "tellings",
            some,
            rest,
            page,
            asked=asked,
            choices=choices,
            suspected=suspicions,
            last_days=LAST_DAYS,
        )

    @get("/insight/waiting", include_in_schema=False, opt={"scope": "read"})
    async def waiting_page(
        given_up: FromQuery[str | None] = None, page: FromQuery[str | None] = None
    ) -> Response[str]:
        """Who waits for an answer."""
        gone = parameters.truth("given_up", given_up or None)
        some, rest = await lists.waiting(gone, parameters.matter("page", page), _LISTED, datetime.now(UTC))
        choices = [
            _Choice(texts["still"], "/insight/waiting", not gone),
            _Choice(texts["given_up"], _address({"given_up": "true"}), gone),
        ]
        return show(
            "waiting", some, rest, page, asked={"given_up": "true" if gone else None}, choices=choices
        )

    @get("/insight/recognition", include_in_schema=False, opt={"scope": "read"})
    async def recognition_page(
        kind: FromQuery[str | None] = None, page: FromQuery[str | None] = None
    ) -> Response[str]:
        """Who was remembered, and who was overlooked."""
        known: Sequence[Recognition] = get_args(Recognition)
        which = cast("Recognition | None", parameters.one_of("kind", kind or None, known))
        some, rest = await lists.recognition(which, parameters.said("page", page), _LISTED)
        choices = [_Choice(texts["all"], "/insight/recognition", which is None)] + [
            _Choice(texts[one], _address({"kind": one}), one == which) for one in known
        ]
        return show("recognition", some, rest, page, asked={"kind": which}, choices=choices)

    @get("/customers/{customer:str}/ledgers", include_in_schema=False, opt={"scope": "read"})
    async def ledgers_page(
        customer: FromPath[str], at: FromQuery[str | None] = None, day: FromQuery[str | None] = None
    ) -> Response[str]:
        """The four ledgers of a customer, now or as they stood."""
        moment = parameters.reading_time("at", at, strategy) or parameters.end_of_day("day", day, strategy)
        try:
            history = await archive.history(customer_in(customer), moment)
        except Unheard as unheard:
            return pages.show("nobody.html", status=404, customer=str(unheard))
        promises, tellings, waits, recognition = await asyncio.to_thread(_study, history, strategy)
        return pages.show(
            "ledgers_of.html",
            ledger="promises",
            customer=history.customer,
            looking_back=moment is not None,
            taken_at=history.at,
            day=day,
            promises=promises,
            tellings=tellings,
            waits=waits,
            recognition=recognition,
        )

    return [promises_page, tellings_page, waiting_page, recognition_page, ledgers_page]


def _study(history: History, strategy: Strategy) -> tuple[list[Promised], Tellings, Waits, RecognitionLedger]:
    """The ledgers of a customer; it takes a while where the story is long."""
    return (
        ledger_of(history, strategy),
        tellings_of(history),
        waits_of(history, strategy),
        recognition_of(history),
    )


def _address(asked: dict[str, Any]) -> str:
    """An address on the same page."""
    return "?" + urlencode({name: value for name, value in asked.items() if value})
