"""`/v1/exports/…`: files for marketing, sent as they are read."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from litestar import Response, get
from litestar.params import QueryParameter
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from services.insight import contracts as insight_contracts
from services.insight import parameters
from services.insight.exports import contracts
from services.insight.exports.columns import metadata
from services.insight.exports.table import HEADER, lines
from services.runtime.database import Pool, persist
from services.runtime.queries import Queries

_QUERIES = Queries(Path(__file__).with_name("queries.sql"))

_PAGE = 2_000
"""Rows that are in memory at a time."""

_CSV = "text/csv; header=present"
_METADATA = "application/csvm+json"


def export_handlers(pool: Pool) -> Sequence[ControllerRouterHandler]:
    """`/v1/exports/relationships.csv`, and its dictionary beside it."""

    @get("/v1/exports/relationships.csv", opt={"scope": "read", "operation": contracts.RELATIONSHIPS})
    async def export_relationships(
        band: Annotated[
            list[str] | None,
            QueryParameter(description="Only these bands.", schema_extra=insight_contracts.BANDS),
        ] = None,
        min_confidence: Annotated[
            str | None, QueryParameter(description="From 0 to 1.", schema_extra=insight_contracts.SHARE)
        ] = None,
        changed_since: Annotated[
            str | None,
            QueryParameter(description="RFC 3339, with an offset.", schema_extra=insight_contracts.INSTANT),
        ] = None,
        aliases: Annotated[
            str | None,
            QueryParameter(
                description="Whether each id of a person has a row.", schema_extra=insight_contracts.TRUTH
            ),
        ] = None,
    ) -> Stream:
        """The readings of all relationships as CSV, by customer; its columns are described beside it."""
        bands = parameters.bands("band", band)
        filters = [
            parameters.share("min_confidence", min_confidence),
            parameters.instant("changed_since", changed_since) or datetime.min.replace(tzinfo=UTC),
        ]
        every_id = parameters.truth("aliases", aliases)
        query = _QUERIES["relationships_in_bands" if bands else "relationships"]
        more: list[Any] = [every_id, *([bands] if bands else [])]

        async def page(after: str) -> list[Any]:
            rows: list[Any] = await pool.fetch(query, after, *filters, _PAGE, *more)
            return rows

        async def file(rows: list[Any]) -> AsyncIterator[str]:
            yield HEADER
            while rows:
                yield lines(rows)
                # Half a file is no file: a database that goes away meanwhile is waited for.
                read = partial(page, rows[-1]["customer"])
                rows = await persist("An export", read) if len(rows) == _PAGE else []

        # The first page is read before anything is answered: a database that is away is still a 503.
        return Stream(
            file(await page("")),
            media_type=_CSV,
            headers={
                "Content-Disposition": 'attachment; filename="relationships.csv"',
                "Link": f'<relationships.csv-metadata.json>; rel="describedby"; type="{_METADATA}"',
            },
        )

    # The name follows from that of the file: it is where readers of CSVW look for it.
    @get(
        "/v1/exports/relationships.csv-metadata.json",
        media_type=_METADATA,
        sync_to_thread=False,
        opt={"scope": "read", "operation": contracts.METADATA},
    )
    def describe_relationships() -> Response[dict[str, Any]]:
        """What the columns of the file hold and mean, as CSVW."""
        return Response(metadata(), media_type=_METADATA)

    return [export_relationships, describe_relationships]
