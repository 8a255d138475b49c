"""Malformed events by the hundred thousand: each is journalled, a dead letter, or refused with a problem."""
