"""The desk: where agents see whom to reach out to, and say what they did."""

from services.desk.service import Desk

__all__ = ["Desk"]
