"""What a strategy means, in words: English and French. Event types and states have theirs with insight."""

from types import ModuleType

from projections.strategy import Language
from services.cli.strategies.words import english, french

LANGUAGES: dict[Language, ModuleType] = {"en": english, "fr": french}
