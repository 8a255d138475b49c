"""What outreach asks of PostgreSQL to put prompts into hands."""

from pathlib import Path

from services.runtime.queries import Queries

HANDS = Queries(Path(__file__).with_name("assigning.sql"))
