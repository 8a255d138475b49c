"""What insight says, in the language of the house."""

from services.insight.words.speaker import LANGUAGES, Speaker

__all__ = ["LANGUAGES", "Speaker"]
