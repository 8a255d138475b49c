"""The desk's plain page: live prompts, and what an agent may do with each.

The page is only a frame. Its script asks the same API that agents' own tools use.
"""

from collections.abc import Sequence
from pathlib import Path

from litestar import Response, get
from litestar.types import ControllerRouterHandler

from services.runtime.assets import Pages
from services.runtime.service import Context
from services.runtime.settings import Language
from services.runtime.typography import typeset

_TEXTS: dict[Language, dict[str, str]] = {
    "en": {
        "title": "Desk",
        "purpose": "Customers who need a person now, and why.",
        "no_script": "This page needs its script to show prompts as they come.",
        "your_name": "Your name, as colleagues know it",
        "begin": "Begin",
        "you_are": "You are {name}.",
        "change": "Change",
        "prompts": "Prompts",
        "loading": "Looking for prompts …",
        "none": "Nobody needs a person right now.",
        "counts": (
            "{open} waiting · {others} with colleagues · {mine} with you · {minutes} min of care to give"
        ),
        "claim": "Claim",
        "release": "Give back",
        "decline": "Decline",
        "done": "Done",
        "reason": "Why, if you care to say: it teaches the triggers",
        "minutes": "Minutes it took",
        "note": "What a colleague should know next time",
        "confirm_decline": "Decline it",
        "confirm_done": "It is done",
        "back": "Back",
        "open_customer": "Customer’s own record",
        "aliases": "also {names}",
        "facts": "What we know",
        "care": "{minutes} min",
        "since": "waiting {age}",
        "fresh": "just came in",
        "yours": "with you until {until}",
        "theirs": "with {name} until {until}",
        "closed_done": "Done: {customer}. Thank you.",
        "closed_declined": "Declined: {customer}. Thank you for saying so.",
        "arrived": "A new prompt: {customer}.",
        "failed": "That did not get through; please try again.",
        "promise_overdue": "promise overdue",
        "retold": "told again and again",
        "band_fallen": "relationship fell",
    },
    "fr": {
        "title": "Poste",
        "purpose": "Les clients qui ont besoin d’une personne maintenant, et pourquoi.",
        "no_script": "Cette page a besoin de son script pour montrer les demandes dès qu’elles arrivent.",
        "your_name": "Votre nom, tel que vos collègues le connaissent",
        "begin": "Commencer",
        "you_are": "Vous êtes {name}.",
        "change": "Changer",
        "prompts": "Demandes",
        "loading": "Recherche des demandes …",
        "none": "Personne n’attend quelqu’un en ce moment.",
        "counts": (
            "{open} en attente · {others} chez des collègues · {mine} chez vous · "
            "{minutes} min d’attention à donner"
        ),
        "claim": "Je m’en charge",
        "release": "Rendre",
        "decline": "Décliner",
        "done": "C’est fait",
        "reason": "Pourquoi, si vous voulez le dire : cela instruit le moteur",
        "minutes": "Minutes passées",
        "note": "Ce qu’un collègue devrait savoir la prochaine fois",
        "confirm_decline": "Décliner",
        "confirm_done": "Enregistrer",
        "back": "Retour",
        "open_customer": "Fiche du client",
        "aliases": "aussi {names}",
        "facts": "Ce que nous savons",
        "care": "{minutes} min",
        "since": "attend depuis {age}",
        "fresh": "vient d’arriver",
        "yours": "chez vous jusqu’à {until}",
        "theirs": "chez {name} jusqu’à {until}",
        "closed_done": "C’est fait : {customer}. Merci.",
        "closed_declined": "Décliné : {customer}. Merci de l’avoir dit.",
        "arrived": "Nouvelle demande : {customer}.",
        "failed": "Cela n’est pas passé ; réessayez, s’il vous plaît.",
        "promise_overdue": "promesse en retard",
        "retold": "répété encore et encore",
        "band_fallen": "relation en baisse",
    },
}


def page_handlers(context: Context) -> Sequence[ControllerRouterHandler]:
    """`/desk`."""
    texts = typeset(_TEXTS[context.settings.language], context.settings.language)
    pages = Pages(Path(__file__).with_name("templates"), context.settings.language, texts)

    @get("/desk", include_in_schema=False, sync_to_thread=False, opt={"scope": "act"})
    def desk() -> Response[str]:
        return pages.show("desk.html", texts=texts, zone=context.strategy.hours.timezone)

    return [desk]
