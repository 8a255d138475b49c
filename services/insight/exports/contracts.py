"""What the routes of exports say of themselves in OpenAPI, beyond their signatures."""

from datetime import UTC, datetime
from typing import Any

from services.insight.exports.columns import metadata
from services.insight.exports.table import HEADER, lines
from services.runtime.openapi import answer

_EXAMPLE = {
    "customer": "anna",
    "canonical": "anna",
    "band": "steady",
    "health": 61.2,
    "recognition": 64.0,
    "responsiveness": 58.4,
    "trend": -1.5,
    "confidence": 0.41,
    "taken_at": datetime(2026, 3, 4, 18, tzinfo=UTC),
    "changed_at": datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
    "revision": 12,
    "strategy": "2026-11",
}

RELATIONSHIPS: dict[str, Any] = {
    "responses": {
        "200": answer(
            "A file that is sent as it is read. Where it breaks off, so does the connection.",
            {"type": "string"},
            HEADER + lines([_EXAMPLE]),
            "text/csv",
        )
        | {
            "headers": {
                "Link": {
                    "description": "Where the columns are described (`rel=describedby`).",
                    "schema": {"type": "string"},
                }
            }
        }
    }
}

METADATA: dict[str, Any] = {
    "responses": {
        "200": answer(
            "Metadata of tabular data (W3C CSVW).", {"type": "object"}, metadata(), "application/csvm+json"
        )
    }
}
