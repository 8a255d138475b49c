"""Typography of the languages that pages are written in."""

import re
from collections.abc import Mapping

from services.runtime.settings import Language

# A French colon, semicolon or guillemet never stands alone at the edge of a line.
_BEFORE = re.compile(" (?=[:;?!»])")
_AFTER = re.compile("(?<=«) ")
_NO_BREAK = "\u00a0"


def typeset(texts: Mapping[str, str], language: Language) -> dict[str, str]:
    """Texts by key, with spaces that do not break where their language wants none broken."""
    if language != "fr":
        return dict(texts)
    return {key: _AFTER.sub(_NO_BREAK, _BEFORE.sub(_NO_BREAK, text)) for key, text in texts.items()}
