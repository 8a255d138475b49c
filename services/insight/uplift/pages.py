"""`/insight/uplift`: what prompts changed, what that does not say, and who was held out."""

from collections.abc import Sequence
from pathlib import Path

from litestar import Response, get
from litestar.params import FromQuery
from litestar.types import ControllerRouterHandler

from services.insight import parameters
from services.insight.uplift.answers import Compared, Helped
from services.insight.uplift.api import Reporter
from services.insight.uplift.estimating import FEWEST, Worth
from services.insight.uplift.store import Prompts
from services.insight.uplift.words import TEXTS
from services.insight.words import Speaker
from services.runtime.assets import Pages
from services.runtime.service import Context
from services.runtime.typography import typeset

_LISTED = 30


def uplift_pages(
    context: Context, prompts: Prompts, reporter: Reporter, speaker: Speaker
) -> Sequence[ControllerRouterHandler]:
    """The page."""
    texts = {**speaker.texts, **typeset(TEXTS[context.settings.language], context.settings.language)}

    def figure(value: float | None, one: Compared) -> str:
        if value is None:
            return "–"
        if one.outcome == "health":
            return speaker.signed(value)
        return texts["percent"].format(number=speaker.number(100.0 * value))

    def moved(value: float, one: Compared) -> str:
        return speaker.signed(value if one.outcome == "health" else 100.0 * value)

    def said(one: Helped) -> list[Compared]:
        """What is said of a trigger: where there are too few customers, once."""
        enough = min(one.given, one.held_out) >= FEWEST
        return one.outcomes if enough else one.outcomes[:1]

    pages = Pages(
        Path(__file__).parents[1] / "templates",
        context.settings.language,
        texts,
        {
            "when": speaker.when,
            "number": speaker.number,
            "says": lambda key, **values: texts[key].format(**values),
            "word": speaker.word,
            "figure": figure,
            "moved": moved,
            "heading": lambda name: speaker.word(name)[:1].upper() + speaker.word(name)[1:],
        },
    )

    @get("/insight/uplift", include_in_schema=False, opt={"scope": "read"})
    async def uplift_page(page: FromQuery[str | None] = None) -> Response[str]:
        """Does outreach help?"""
        found = await prompts.held_out(parameters.prompt("page", page), _LISTED + 1)
        listed = found[:_LISTED]
        older = None
        if len(found) > _LISTED:
            older = parameters.token(listed[-1].cause_at, listed[-1].customer, listed[-1].prompt_id)
        return pages.show(
            "uplift.html",
            all=await reporter.report(Worth()),
            said=said,
            listed=listed,
            older=older,
            first=page is None,
        )

    return [uplift_page]
