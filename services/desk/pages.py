"""The desk's plain page: live prompts, and what an agent may do with each.

The page is only a frame. Its script asks the same API that agents' own tools use.
"""

from collections.abc import Sequence
from pathlib import Path

from litestar import Response, get
from litestar.types import ControllerRouterHandler

from services.desk.words import page
from services.runtime.assets import Pages
from services.runtime.service import Context


def page_handlers(context: Context) -> Sequence[ControllerRouterHandler]:
    """`/desk`."""
    texts = page(context.settings.language)
    pages = Pages(Path(__file__).with_name("templates"), context.settings.language, texts)

    @get("/desk", include_in_schema=False, sync_to_thread=False, opt={"scope": "act"})
    def desk() -> Response[str]:
        return pages.show("desk.html", texts=texts, zone=context.strategy.hours.timezone)

    return [desk]
