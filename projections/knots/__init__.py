"""Knots: named patterns in what happens between a customer and us, with their evidence and their way out."""

from projections.knots.finding import find_knots, folded, is_knotted, knots_of
from projections.knots.knot import Knot
from projections.knots.misunderstandings import ReadingAt
from projections.knots.story import NAMED_TYPES, RECENT, Story, story, story_of

__all__ = [
    "NAMED_TYPES",
    "RECENT",
    "Knot",
    "ReadingAt",
    "Story",
    "find_knots",
    "folded",
    "is_knotted",
    "knots_of",
    "story",
    "story_of",
]
