"""Turning the rows of any CSV history into events, by a map that declares which column says what."""
