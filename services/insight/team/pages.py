"""The pages of the team: `/insight/team` and `/insight/undone`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from litestar import Response, get
from litestar.params import FromQuery
from litestar.types import ControllerRouterHandler

from services.insight import parameters
from services.insight.team.api import DAYS
from services.insight.team.store import Team
from services.insight.team.words import COUNTED, TEXTS
from services.insight.words import Speaker
from services.runtime.assets import Pages
from services.runtime.service import Context
from services.runtime.typography import typeset

_LISTED = 50
_KINDS = ("unoffered", "offered", "claimed", "snoozed", "held", "machine")


def team_pages(context: Context, team: Team, speaker: Speaker) -> Sequence[ControllerRouterHandler]:
    """What is asked of the team and what it can give; what was left undone."""
    language = context.settings.language
    texts = {**speaker.texts, **typeset(TEXTS[language], language)}
    one, several = COUNTED[language]

    def counted(count: int) -> str:
        return one if count == 1 else several.format(count=speaker.number(count, 0))

    pages = Pages(
        Path(__file__).parents[1] / "templates",
        language,
        texts,
        {
            "when": speaker.when,
            "says": lambda key, **values: texts[key].format(**values),
            "number": speaker.number,
            "word": speaker.word,
            "counted": counted,
        },
    )

    @get("/insight/team", include_in_schema=False, opt={"scope": "read"})
    async def team_page() -> Response[str]:
        """What is asked of the team, and what it can give."""
        return pages.show("team.html", load=await team.load(datetime.now(UTC)), kinds=_KINDS)

    @get("/insight/undone", include_in_schema=False, opt={"scope": "read"})
    async def undone_page(page: FromQuery[str | None] = None) -> Response[str]:
        """What was left undone for lack of minutes."""
        place = parameters.loss("page", page)
        found, rest = await team.undone(DAYS, place, _LISTED, datetime.now(UTC))
        return pages.show(
            "undone.html",
            found=found,
            older=None if rest is None else f"?page={parameters.token(*rest)}",
            newest="/insight/undone" if page else None,
        )

    return [team_page, undone_page]
