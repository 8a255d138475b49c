"""Outreach: from causes to prompts, or to none."""

from services.outreach.service import Outreach

__all__ = ["Outreach"]
