"""`/v1/declines` and `/insight/declines`: what became of prompts, by trigger."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

from litestar import Response, get
from litestar.params import QueryParameter
from litestar.types import ControllerRouterHandler

from services.insight.declines import contracts
from services.insight.declines.answers import DeclineReason, Declines, TriggerOutcomes
from services.insight.declines.words import TEXTS
from services.insight.words import Speaker
from services.runtime.assets import Pages
from services.runtime.database import Pool
from services.runtime.queries import Queries
from services.runtime.service import Context
from services.runtime.typography import typeset

_QUERIES = Queries(Path(__file__).with_name("queries.sql"))

_DAYS = 90
_MOST_REASONS = 500
"""Reasons that are read, of all triggers: the latest."""
_REASONS = 10
"""Reasons that are told of each trigger."""

_Days = Annotated[int, QueryParameter(ge=1, le=3660, description="Prompts of so many days.")]


def decline_handlers(context: Context, speaker: Speaker) -> Sequence[ControllerRouterHandler]:
    """The route, and the page that shows the same."""
    language = context.settings.language
    texts = {**speaker.texts, **typeset(TEXTS[language], language)}

    def says(key: str, **values: object) -> str:
        return texts[key].format(**values)

    pages = Pages(
        Path(__file__).parents[1] / "templates",
        language,
        texts,
        {"says": says, "number": speaker.number, "when": speaker.when, "word": speaker.word},
    )

    @get("/v1/declines", opt={"scope": "read", "operation": contracts.DECLINES})
    async def declines(days: _Days = _DAYS) -> Declines:
        """What became of the prompts that people were given, by trigger and version of the strategy."""
        return await outcomes(context.pool, datetime.now(UTC) - timedelta(days=days))

    @get("/insight/declines", include_in_schema=False, opt={"scope": "read"})
    async def declines_page(days: _Days = _DAYS) -> Response[str]:
        """The same for readers."""
        found = await outcomes(context.pool, datetime.now(UTC) - timedelta(days=days))
        return pages.show("declines.html", found=found, days=days)

    return [declines, declines_page]


async def outcomes(pool: Pool, since: datetime) -> Declines:
    """What became of the prompts that were given since an instant."""
    reasons: dict[tuple[str, str], list[DeclineReason]] = {}
    for row in await pool.fetch(_QUERIES["reasons"], since, _MOST_REASONS):
        some = reasons.setdefault((row["trigger"], row["strategy"]), [])
        if len(some) < _REASONS:
            some.append(DeclineReason(reason=row["reason"], times=row["times"], latest=row["latest"]))
    return Declines(
        since=since,
        triggers=[
            TriggerOutcomes(**dict(row), reasons=reasons.get((row["trigger"], row["strategy"]), []))
            for row in await pool.fetch(_QUERIES["outcomes"], since)
        ],
    )
