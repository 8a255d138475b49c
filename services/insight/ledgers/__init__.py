"""Ledgers: promises, tellings, contacts that wait, and recognition; of one customer, and over all of them."""

from services.insight.ledgers.api import ledger_handlers
from services.insight.ledgers.lists import Lists
from services.insight.ledgers.pages import ledger_pages
from services.insight.ledgers.store import Ledgers

__all__ = ["Ledgers", "Lists", "ledger_handlers", "ledger_pages"]
