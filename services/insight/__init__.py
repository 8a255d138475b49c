"""Insight: what each relationship is, why, and what it rests on."""

from services.insight.service import Insight

__all__ = ["Insight"]
