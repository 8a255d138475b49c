"""Insight as a process: it answers what each relationship is, why, and what it rests on. It only reads."""

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from services.insight.api import api_handlers
from services.insight.archive import Archive
from services.insight.declines import decline_handlers
from services.insight.exports import export_handlers
from services.insight.ledgers import Ledgers, Lists, ledger_handlers, ledger_pages
from services.insight.pages import page_handlers
from services.insight.team import Team, team_handlers, team_pages
from services.insight.uplift import Prompts, Reporter, Teller, uplift_handlers, uplift_pages
from services.insight.words import Speaker
from services.runtime.service import Service


class Insight(Service):
    """Scores, reasons and lists, as JSON and as pages."""

    name = "insight"

    def handlers(self) -> Sequence[ControllerRouterHandler]:
        """`/v1/customers/{id}/…`, `/v1/relationships`, `/v1/exports/…`, `/insight…` and `/customers/{id}`."""
        context = self.context
        archive = Archive(context.pool, context.strategy)
        speaker = Speaker(context.settings.language, context.strategy.hours.timezone)
        lists = Lists(Ledgers(context.pool), context.strategy)
        team = Team(context.pool, context.strategy)
        prompts, language = Prompts(context.pool), context.settings.language
        reporter = Reporter(prompts, context.strategy, language, Teller(language, speaker))
        return [
            *api_handlers(archive, speaker, context.strategy),
            *export_handlers(context.pool),
            *ledger_handlers(archive, lists, context.strategy),
            *ledger_pages(context, archive, lists, speaker),
            *decline_handlers(context, speaker),
            *team_handlers(team),
            *team_pages(context, team, speaker),
            *uplift_handlers(prompts, reporter),
            *uplift_pages(context, prompts, reporter, speaker),
            *page_handlers(context, archive, speaker),
        ]
