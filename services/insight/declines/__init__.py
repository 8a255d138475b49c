"""What became of prompts, trigger by trigger: what agents decline says which triggers are wrong."""

from services.insight.declines.api import decline_handlers

__all__ = ["decline_handlers"]
