"""The JSON side of the team: what is asked of it and what it can give, and what was left undone."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from litestar import Response, get
from litestar.params import QueryParameter
from litestar.types import ControllerRouterHandler

from services.insight import contracts as insight_contracts
from services.insight import parameters
from services.insight.asked import next_page
from services.insight.team import contracts
from services.insight.team.answers import TeamLoad, UndonePage
from services.insight.team.store import Team

DAYS = 30
"""Days of which it is shown what was left undone, where nobody says."""


def team_handlers(team: Team) -> Sequence[ControllerRouterHandler]:
    """`/v1/team/load` and `/v1/team/undone`."""

    @get("/v1/team/load", opt={"scope": "read", "operation": contracts.LOAD})
    async def team_load() -> TeamLoad:
        """What is asked of the team, what it can give, and the minutes of the week; nobody by name."""
        return await team.load(datetime.now(UTC))

    @get("/v1/team/undone", opt={"scope": "read", "operation": contracts.UNDONE})
    async def team_undone(
        days: Annotated[
            str | None,
            QueryParameter(
                description="Of so many days, from 1 to 366.",
                schema_extra=insight_contracts.whole(1, 366, DAYS),
            ),
        ] = None,
        limit: Annotated[
            str | None,
            QueryParameter(
                description="At most so many, from 1 to 500.",
                schema_extra=insight_contracts.whole(1, 500, 50),
            ),
        ] = None,
        page_token: Annotated[str | None, QueryParameter(description="From an earlier page.")] = None,
    ) -> Response[UndonePage]:
        """What was left undone for lack of minutes, and what is expected to be lost by it."""
        within = parameters.whole("days", days, DAYS, 1, 366)
        most = parameters.whole("limit", limit, 50, 1, 500)
        found, rest = await team.undone(
            within, parameters.loss("page_token", page_token), most, datetime.now(UTC)
        )
        if rest is None:
            return Response(found)
        token = parameters.token(*rest)
        headers = next_page("/v1/team/undone", {"days": within, "limit": most, "page_token": token})
        return Response(msgspec.structs.replace(found, next_page_token=token), headers=headers)

    return [team_load, team_undone]
