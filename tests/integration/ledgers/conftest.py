"""Insight over HTTP, and a journal to tell events to."""

from tests.integration.as_of.conftest import client, journal

__all__ = ["client", "journal"]
