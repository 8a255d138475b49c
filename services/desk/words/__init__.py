"""Prompts in words: each sentence from a template and the facts it states, in English and French."""

from collections.abc import Mapping
from datetime import datetime
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.numbers import format_decimal
from babel.units import format_unit

from services.desk.words import english, french
from services.runtime.settings import Language
from services.runtime.typography import typeset

LANGUAGES: dict[Language, ModuleType] = {"en": english, "fr": french}
"""The words of each language."""

_SENTENCES: dict[Language, dict[str, str]] = {
    language: typeset({**words.TEMPLATES, **words.OPENINGS}, language)
    for language, words in LANGUAGES.items()
}

_REFUSALS: dict[Language, dict[str, str]] = {
    language: typeset(words.REFUSALS, language) for language, words in LANGUAGES.items()
}

_INSTANTS = ("due", "since", "until")
"""Parameters that hold an instant."""

_UNITS = {"years": "duration-year", "days": "duration-day", "usual_days": "duration-day"}
"""Parameters that hold a length of time, with what it is counted in."""

_SAME_WORDS = {"was": "band"}
"""Parameters whose values are those of another."""


def sentence(fact: Mapping[str, Any], language: Language, zone: ZoneInfo) -> str:
    """A stored fact as a sentence; times on the business's clock."""
    parameters = {name: _value(name, value, language, zone) for name, value in fact["parameters"].items()}
    return _SENTENCES[language][fact["template"]].format_map(parameters)


def latitude(language: Language, allowance: float) -> str:
    """What an agent may decide alone, and what they may spend."""
    words = LANGUAGES[language]
    if allowance <= 0:
        return str(words.LATITUDE)
    return f"{words.LATITUDE} {words.ALLOWANCE.format(amount=amount(allowance, language))}"


def refusal(name: str, language: Language, **said: str) -> str:
    """Why something cannot be done, as agents read it on the page and in answers."""
    return _REFUSALS[language][name].format_map(said)


def amount(value: float, language: Language) -> str:
    """A number as it is written in a language."""
    return format_decimal(value, format="#,##0.##", locale=language)


def page(language: Language) -> dict[str, str]:
    """The texts of the page, the names of triggers among them."""
    words = LANGUAGES[language]
    return typeset({**words.PAGE, **words.REASONS, "claimed": words.REFUSALS["claimed"]}, language)


def _value(name: str, value: Any, language: Language, zone: ZoneInfo) -> Any:
    if name in _INSTANTS:
        when = datetime.fromisoformat(value).astimezone(zone)
        return format_datetime(when, "EEE d MMM HH:mm", locale=language)
    if name in _UNITS:
        return format_unit(value, _UNITS[name], locale=language)
    if isinstance(value, float):
        return amount(value, language)
    words = LANGUAGES[language].VALUES.get(_SAME_WORDS.get(name, name), {})
    return words.get(value, value) if isinstance(value, str) else value
