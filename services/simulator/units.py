"""Durations, in seconds: times in the simulator are seconds since the Unix epoch."""

HOUR = 3_600.0
DAY = 24 * HOUR
