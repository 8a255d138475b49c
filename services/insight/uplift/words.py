"""What is said of uplift, in the languages of the house."""

from services.runtime.settings import Language

SAYS: dict[Language, dict[str, str]] = {
    "en": {
        "shown": "{said} (95% interval: {low} to {high}).",
        "too_few": (
            "Too few customers to say anything: {given} given and {held_out} held out are measured, and at "
            "least {fewest} of each are needed."
        ),
        "alike": "All of them moved alike: nothing can be said of chance.",
        "not_shown": "No effect on {what} is shown: it may lie anywhere from {low} to {high}.",
        "more": (
            "To see an effect of {worth}, some {more} more customers are needed, held out in the same share."
        ),
        "enough": "There are enough customers to see, in four cases of five, an effect of {worth}.",
        "health_up": "Health is higher with a prompt, by {difference}",
        "health_down": "Health is lower with a prompt, by {difference}",
        "complaints_up": "More customers complain with a prompt: {difference}",
        "complaints_down": "Fewer customers complain with a prompt: {difference}",
        "renewals_up": "More customers renew with a prompt: {difference}",
        "renewals_down": "Fewer customers renew with a prompt: {difference}",
        "harm_up": "More customers come to harm with a prompt: {difference}",
        "harm_down": "Fewer customers come to harm with a prompt: {difference}",
        "points": "{number} points",
        "share_points": "{number} percentage points",
        "of_health": "later health",
        "of_complaints": "complaints",
        "of_renewals": "renewals",
        "of_harm": "harm",
    },
    "fr": {
        "shown": "{said} (intervalle à 95 % : {low} à {high}).",
        "too_few": (
            "Trop peu de clients pour en dire quelque chose : {given} avec demande et {held_out} "
            "témoins sont mesurés, et il en faut au moins {fewest} de chaque."
        ),
        "alike": "Tous ont bougé pareillement : on ne peut rien dire du hasard.",
        "not_shown": (
            "Aucun effet sur {what} n’est démontré : il peut se situer n’importe où de {low} à {high}."
        ),
        "more": (
            "Pour voir un effet de {worth}, il faut encore {more} clients environ, avec la même part de "
            "témoins."
        ),
        "enough": "Les clients sont assez nombreux pour voir, quatre fois sur cinq, un effet de {worth}.",
        "health_up": "La santé est plus haute avec une demande : {difference}",
        "health_down": "La santé est plus basse avec une demande : {difference}",
        "complaints_up": "Plus de clients réclament avec une demande : {difference}",
        "complaints_down": "Moins de clients réclament avec une demande : {difference}",
        "renewals_up": "Plus de clients renouvellent avec une demande : {difference}",
        "renewals_down": "Moins de clients renouvellent avec une demande : {difference}",
        "harm_up": "Plus de clients en pâtissent avec une demande : {difference}",
        "harm_down": "Moins de clients en pâtissent avec une demande : {difference}",
        "points": "{number} points",
        "share_points": "{number} points de pourcentage",
        "of_health": "la santé ultérieure",
        "of_complaints": "les réclamations",
        "of_renewals": "les renouvellements",
        "of_harm": "les dommages",
    },
}
"""Sentences that the figures allow, and their parts."""

LIMITS: dict[Language, tuple[str, ...]] = {
    "en": (
        "Each interval is of one look. Who looks again and again until one excludes zero, or at twenty of "
        "them for the one that does, finds effects that are not there.",
        "Compared are all on whom the lot fell, whatever was done with the prompt: declined, expired and "
        "late ones count as given. It is the effect of prompting, not of a good conversation.",
        "Each customer counts once for a trigger and a strategy, with the first prompt. Both may be "
        "prompted for other reasons.",
        "What outreach publishes of itself is left out of health. A call back or a thank-you that came of "
        "it is not: health reads what we do as much as what customers do. Complaints and renewals are "
        "theirs alone.",
        "What is owed is never held out, so nothing is said of it here.",
    ),
    "fr": (
        "Chaque intervalle vaut pour un seul regard. Qui regarde encore et encore jusqu’à ce que l’un "
        "exclue zéro, ou cherche parmi vingt celui qui l’exclut, trouve des effets qui n’existent pas.",
        "On compare tous ceux que le sort a désignés, quoi qu’on ait fait de la demande : déclinée, "
        "expirée ou tardive, elle compte comme donnée. C’est l’effet de solliciter, non celui d’une bonne "
        "conversation.",
        "Chaque client compte une fois par déclencheur et par stratégie, avec la première demande. "
        "Les uns et les autres peuvent être sollicités pour d’autres raisons.",
        "Ce que la prise de contact publie d’elle-même n’entre pas dans la santé. Un rappel ou un merci "
        "qui en découle y entre : la santé lit ce que nous faisons autant que ce que font les clients. "
        "Réclamations et renouvellements ne tiennent qu’à eux.",
        "Ce qui est dû n’est jamais retenu : il n’en est donc rien dit ici.",
    ),
}
"""What the figures do not say."""

TEXTS: dict[Language, dict[str, str]] = {
    "en": {
        "uplift": "Does outreach help?",
        "uplift_purpose": (
            "Of some prompts, by lot, nothing is made. What became of these customers is set beside what "
            "became of the others."
        ),
        "uplift_none": (
            "The lot has not fallen on anybody yet: no trigger of the strategy holds prompts out, or none "
            "was due."
        ),
        "given": "Given",
        "held_out": "Held out",
        "difference": "Difference",
        "interval": "95% interval",
        "outcome": "Outcome",
        "health": "Health since, points",
        "complaints": "Complained",
        "renewals": "Renewed",
        "harm": "Came to harm",
        "from_to": "{low} to {high}",
        "percent": "{number}%",
        "measured": (
            "Strategy {strategy}: {given} given and {held_out} held out, measured {days} days after; "
            "still to come: {waiting}."
        ),
        "not_measured": "Strategy {strategy}: nobody is measured yet; still to come: {waiting}.",
        "harm_is": (
            "Who lost more than {points} points of health came to harm, and so did whoever did not welcome "
            "it."
        ),
        "limits": "What this does not say",
        "who": "Who was held out",
        "who_why": (
            "By lot, after everything else had spoken for a prompt, and never what is owed. They are told "
            "apart from the others by nothing else."
        ),
        "nobody_held_out": "Nobody yet.",
        "customer": "Customer",
        "trigger": "Trigger",
        "when": "When",
        "file": "All on whom the lot fell, as a file (CSV)",
    },
    "fr": {
        "uplift": "Prendre contact, cela aide-t-il ?",
        "uplift_purpose": (
            "Pour certaines demandes, tirées au sort, on ne fait rien. On compare ce que sont "
            "devenus ces clients à ce que sont devenus les autres."
        ),
        "uplift_none": (
            "Le sort n’a encore désigné personne : aucun déclencheur de la stratégie n’a de témoins, ou "
            "aucune demande n’était due."
        ),
        "given": "Avec",
        "held_out": "Témoins",
        "difference": "Différence",
        "interval": "Intervalle à 95 %",
        "outcome": "Résultat",
        "health": "Santé depuis, en points",
        "complaints": "Ont réclamé",
        "renewals": "Ont renouvelé",
        "harm": "En ont pâti",
        "from_to": "{low} à {high}",
        "percent": "{number} %",
        "measured": (
            "Stratégie {strategy} : {given} avec et {held_out} témoins, mesurés après {days} jours ; encore "
            "à venir : {waiting}."
        ),
        "not_measured": "Stratégie {strategy} : personne n’est encore mesuré ; encore à venir : {waiting}.",
        "harm_is": (
            "Qui a perdu plus de {points} points de santé en a pâti, et de même qui ne l’a pas bien pris."
        ),
        "limits": "Ce que cela ne dit pas",
        "who": "Les témoins",
        "who_why": (
            "Tirés au sort, une fois que tout parlait pour une demande, et jamais pour ce qui est "
            "dû. Rien d’autre ne les distingue."
        ),
        "nobody_held_out": "Personne encore.",
        "customer": "Client",
        "trigger": "Déclencheur",
        "when": "Quand",
        "file": "Tous ceux que le sort a désignés, en fichier (CSV)",
    },
}
"""What the page says."""
