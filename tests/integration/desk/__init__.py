"""The desk, on a real database."""
