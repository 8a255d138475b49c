"""`/v1/uplift`, who was held out, and all on whom the lot fell as a file."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

from litestar import Response, get
from litestar.params import QueryParameter
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from projections.strategy import Strategy
from services.insight import contracts as insight_contracts
from services.insight import parameters
from services.insight.asked import next_page
from services.insight.uplift import contracts
from services.insight.uplift.answers import Compared, HeldOutPage, Helped, Uplift
from services.insight.uplift.estimating import Worth, effects
from services.insight.uplift.saying import Teller
from services.insight.uplift.store import Drawn, Prompts
from services.insight.uplift.table import HEADER, lines
from services.insight.uplift.words import LIMITS
from services.runtime.database import persist
from services.runtime.settings import Language

_DAY = 86_400.0
_PAGE = 2_000
"""Rows of the file that are in memory at a time."""


class Reporter:
    """Says what prompts changed."""

    def __init__(self, prompts: Prompts, strategy: Strategy, language: Language, teller: Teller) -> None:
        self._prompts = prompts
        self._harm = strategy.outreach.learning.harm
        self._teller = teller
        self._limits = list(LIMITS[language])

    async def report(self, worth: Worth) -> Uplift:
        """By trigger and strategy; `worth` is how large an effect one would want to see."""
        drawn = await self._prompts.drawn(self._harm)
        triggers = await asyncio.to_thread(lambda: [self._helped(one, worth) for one in drawn])
        return Uplift(
            taken_at=datetime.now(UTC), harm_points=self._harm, triggers=triggers, limits=self._limits
        )

    def _helped(self, drawn: Drawn, worth: Worth) -> Helped:
        given, held_out = drawn.given.customers, drawn.held_out.customers
        outcomes = []
        for effect in effects(drawn.given, drawn.held_out, worth):
            known: dict[str, Any] = {name: getattr(effect, name) for name in effect.__struct_fields__}
            says = self._teller.sentence(effect, given, held_out)
            outcomes.append(Compared(**known, shown=effect.shown, says=says))
        return Helped(
            trigger=drawn.trigger,
            strategy=drawn.strategy,
            horizon_days=None if drawn.horizon is None else drawn.horizon / _DAY,
            given=given,
            held_out=held_out,
            given_waiting=drawn.given_waiting,
            held_out_waiting=drawn.held_out_waiting,
            outcomes=outcomes,
        )


def uplift_handlers(prompts: Prompts, reporter: Reporter) -> Sequence[ControllerRouterHandler]:
    """The routes."""

    @get("/v1/uplift", opt={"scope": "read", "operation": contracts.UPLIFT})
    async def uplift(
        points: Annotated[
            str | None,
            QueryParameter(
                description="How many points of health would be worth seeing, from 1 to 100.",
                schema_extra=insight_contracts.whole(1, 100, 3),
            ),
        ] = None,
        percent: Annotated[
            str | None,
            QueryParameter(
                description="How many percentage points of customers would be, from 1 to 50.",
                schema_extra=insight_contracts.whole(1, 50, 5),
            ),
        ] = None,
    ) -> Uplift:
        """What prompts changed, by trigger and strategy, with 95% intervals, and how many more it takes."""
        worth = Worth(
            float(parameters.whole("points", points, 3, 1, 100)),
            parameters.whole("percent", percent, 5, 1, 50) / 100.0,
        )
        return await reporter.report(worth)

    @get("/v1/uplift/held-out", opt={"scope": "read", "operation": contracts.HELD_OUT})
    async def held_out(
        limit: Annotated[
            str | None,
            QueryParameter(
                description="At most so many, from 1 to 500.",
                schema_extra=insight_contracts.whole(1, 500, 50),
            ),
        ] = None,
        page_token: Annotated[str | None, QueryParameter(description="From an earlier page.")] = None,
    ) -> Response[HeldOutPage]:
        """The prompts that were held out by lot, the latest first."""
        most = parameters.whole("limit", limit, 50, 1, 500)
        found = await prompts.held_out(parameters.prompt("page_token", page_token), most + 1)
        page = found[:most]
        token = None
        if len(found) > most:
            token = parameters.token(page[-1].cause_at, page[-1].customer, page[-1].prompt_id)
        headers = (
            {} if token is None else next_page("/v1/uplift/held-out", {"limit": most, "page_token": token})
        )
        return Response(HeldOutPage(held_out=page, next_page_token=token), headers=headers)

    @get("/v1/exports/uplift.csv", opt={"scope": "read", "operation": contracts.FILE})
    async def export_uplift() -> Stream:
        """All prompts on which the lot fell, and what became of their customers, as CSV."""

        async def file(rows: Sequence[Any]) -> AsyncIterator[str]:
            yield HEADER
            while rows:
                yield lines(rows)
                last = rows[-1]["customer"], rows[-1]["prompt_id"]
                # Half a file is no file: a database that goes away meanwhile is waited for.
                read = partial(prompts.page, last, _PAGE)
                rows = await persist("An export", read) if len(rows) == _PAGE else []

        # The first page is read before anything is answered: a database that is away is still a 503.
        return Stream(
            file(await prompts.page(("", ""), _PAGE)),
            media_type="text/csv; header=present",
            headers={"Content-Disposition": 'attachment; filename="uplift.csv"'},
        )

    return [uplift, held_out, export_uplift]
