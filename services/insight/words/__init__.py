"""What insight says, in the language of the house."""

from services.insight.words.speaker import Speaker

__all__ = ["Speaker"]
