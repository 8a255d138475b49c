"""Exports for marketing: many readings in one file, and what its columns mean."""

from services.insight.exports.api import export_handlers

__all__ = ["export_handlers"]
