"""The projector's statements."""

from pathlib import Path

from services.runtime.queries import Queries

FEW = 50
"""Rows up to which a statement for each, all sent at once, is quicker than a staging table."""

QUERIES = Queries(Path(__file__).with_name("queries.sql"))
