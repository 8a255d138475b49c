"""The projector's statements."""

from pathlib import Path

from services.runtime.queries import Queries

QUERIES = Queries(Path(__file__).with_name("queries.sql"))
