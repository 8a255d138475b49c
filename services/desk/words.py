"""Prompts in words: each sentence from a template and the facts it states, in English and French."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from services.runtime.settings import Language

_TEMPLATES: dict[Language, dict[str, str]] = {
    "en": {
        "promise_overdue": "We promised “{what}” by {due}, and it is still open.",
        "promise_renegotiated": "A new time was agreed: {due}.",
        "promises_kept": "Promises to this customer kept so far: {count}.",
        "retold": "This customer has now had to tell “{reason}” {tellings} times.",
        "told_again": "Told again: “{reason}”.",
        "band_fallen": "The relationship fell from {was} to {band} (health {health} of 100).",
    },
    "fr": {
        "promise_overdue": "Nous avons promis « {what} » pour le {due}, et c’est toujours en attente.",
        "promise_renegotiated": "Un nouveau délai a été convenu : {due}.",
        "promises_kept": "Promesses tenues envers ce client jusqu’ici : {count}.",
        "retold": "Ce client a dû expliquer « {reason} » {tellings} fois.",
        "told_again": "Expliqué de nouveau : « {reason} ».",
        "band_fallen": "La relation est passée de {was} à {band} (santé {health} sur 100).",
    },
}

_BANDS: dict[Language, dict[str, str]] = {
    "en": {"unknown": "not known well enough"},
    "fr": {
        "thriving": "florissante",
        "steady": "stable",
        "drifting": "fragile",
        "strained": "tendue",
        "knotted": "nouée",
        "unknown": "pas assez connue",
    },
}

_LATITUDE: dict[Language, str] = {
    "en": "What you say and do is yours to decide. Declining is fine, and helps these prompts get better.",
    "fr": "Ce que vous dites et faites, c’est vous qui décidez. Décliner est permis, et instruit le moteur.",
}


def sentence(fact: Mapping[str, Any], language: Language, zone: ZoneInfo) -> str:
    """A stored fact as a sentence; times on the business's clock."""
    parameters = {name: _value(name, value, language, zone) for name, value in fact["parameters"].items()}
    return _TEMPLATES[language][fact["template"]].format_map(parameters)


def latitude(language: Language) -> str:
    """What an agent may decide alone."""
    return _LATITUDE[language]


def _value(name: str, value: Any, language: Language, zone: ZoneInfo) -> Any:
    if name in ("was", "band"):
        return _BANDS[language].get(value, value)
    if name == "due":
        when = datetime.fromisoformat(value).astimezone(zone)
        return format_datetime(when, "EEE d MMM HH:mm", locale=language)
    return value
