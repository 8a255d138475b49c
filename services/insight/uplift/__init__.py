"""Does outreach help? What became of customers who were prompted for, beside those whom the lot held out."""

from services.insight.uplift.api import Reporter, uplift_handlers
from services.insight.uplift.pages import uplift_pages
from services.insight.uplift.saying import Teller
from services.insight.uplift.store import Prompts

__all__ = ["Prompts", "Reporter", "Teller", "uplift_handlers", "uplift_pages"]
