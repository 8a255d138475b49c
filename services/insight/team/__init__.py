"""The team as a whole: what is asked of it, what it can give, and what was left undone. Nobody by name."""

from services.insight.team.api import team_handlers
from services.insight.team.pages import team_pages
from services.insight.team.store import Team

__all__ = ["Team", "team_handlers", "team_pages"]
