"""The sentence that figures allow: never that something works without an interval that excludes zero."""

from services.insight.uplift.estimating import FEWEST, Effect
from services.insight.uplift.words import SAYS
from services.insight.words import Speaker
from services.runtime.settings import Language
from services.runtime.typography import typeset


class Teller:
    """Says what an effect allows to say, in one language."""

    def __init__(self, language: Language, speaker: Speaker) -> None:
        self._says = typeset(SAYS[language], language)
        self._speaker = speaker

    def sentence(self, effect: Effect, given: int, held_out: int) -> str:
        """What one may say of an effect among so many customers who are measured."""
        if min(given, held_out) < FEWEST:
            number = self._speaker.number
            return self._said(
                "too_few", given=number(given, 0), held_out=number(held_out, 0), fewest=number(FEWEST, 0)
            )
        if effect.low is None or effect.high is None or effect.difference is None:
            return self._said("alike")
        low, high = (self._speaker.signed(_scaled(effect, one)) for one in (effect.low, effect.high))
        if effect.shown:
            way = "up" if effect.difference > 0 else "down"
            difference = self._size(effect, effect.difference)
            said = self._said(f"{effect.outcome}_{way}", difference=difference)
            return self._said("shown", said=said, low=low, high=high)
        what = self._says[f"of_{effect.outcome}"]
        said = self._said("not_shown", what=what, low=low, high=self._unit(effect, high))
        return f"{said} {self._missing(effect)}"

    def _missing(self, effect: Effect) -> str:
        worth = self._size(effect, effect.worth)
        if not effect.more:
            return self._said("enough", worth=worth)
        return self._said("more", worth=worth, more=self._speaker.number(effect.more, 0))

    def _size(self, effect: Effect, value: float) -> str:
        return self._unit(effect, self._speaker.number(abs(_scaled(effect, value))))

    def _unit(self, effect: Effect, number: str) -> str:
        return self._said("points" if effect.outcome == "health" else "share_points", number=number)

    def _said(self, key: str, **values: object) -> str:
        return self._says[key].format(**values)


def _scaled(effect: Effect, value: float) -> float:
    """Points of health, or percentage points."""
    return value if effect.outcome == "health" else 100.0 * value
