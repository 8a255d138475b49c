"""The texts of the team's pages, in English and French."""

from services.runtime.settings import Language

TEXTS: dict[Language, dict[str, str]] = {
    "en": {
        "team": "The team",
        "team_purpose": "What is asked of the team as a whole, and what it can give; nobody by name.",
        "undone": "Left undone",
        "undone_purpose": "Outreach for which people had no minutes, what is expected to cost most first.",
        "relationships": "Relationships",
        "now": "Now",
        "people": "On shift",
        "minutes_left": "Minutes left",
        "minutes_taken": "of {minutes}; {taken} are offered, claimed or spent",
        "week": "This week",
        "week_used": "{used} of {minutes} minutes of people",
        "week_spans": (
            "from {begins} to {ends}: spent on what was done, and planned for what may still be; what is "
            "owed counts too, and is given even where no minutes are left"
        ),
        "no_shifts": (
            "Nobody publishes shifts, so it is not known who is there: prompts are offered to nobody in "
            "particular, and stand on the desk for whoever takes them."
        ),
        "nobody_there": "Nobody is on shift.",
        "prompts": "Prompts",
        "kind": "Which",
        "how_many": "How many",
        "minutes": "Minutes",
        "unoffered": "Open to anybody",
        "offered": "Offered to somebody",
        "claimed": "Claimed",
        "snoozed": "Snoozed",
        "held": "Held until their moment",
        "machine": "In a machine's hands",
        "waiting_since": "The one that waits longest does so since {when}.",
        "skills": "What waits, and who could take it",
        "skill": "Skill",
        "no_skill": "none in particular",
        "able": "On shift with it",
        "undone_sum": "In the last {days} days: {prompts}, {minutes} minutes, about {loss} points of health.",
        "undone_caution": (
            "A loss is an expectation, not a measurement, unless it says so: what the reason takes from "
            "health now, times how well the customer is known, as if a person would have made good all of "
            "it; or, where the reason takes nothing, what the strategy gives for reaching out."
        ),
        "none": "Nothing was left undone for lack of minutes.",
        "customer": "Customer",
        "why": "Why",
        "since": "Since",
        "loss": "Expected loss",
        "points": "points",
        "measured": "as measured for such prompts",
        "reason": "by its reason",
        "outreach": "by what reaching out counts for",
        "what_now": "What becomes of it",
        "held_until": "tried again on {when}",
        "not_given": "not given",
        "next": "Next",
        "first": "From the beginning",
    },
    "fr": {
        "team": "L’équipe",
        "team_purpose": (
            "Ce qui est demandé à l’équipe entière, et ce qu’elle peut donner ; personne n’y est nommé."
        ),
        "undone": "Laissé de côté",
        "undone_purpose": (
            "Les attentions pour lesquelles le temps humain a manqué, en commençant par ce qui devrait "
            "coûter le plus."
        ),
        "relationships": "Relations",
        "now": "Maintenant",
        "people": "Présents",
        "minutes_left": "Minutes restantes",
        "minutes_taken": "sur {minutes} ; {taken} sont proposées, prises ou passées",
        "week": "Cette semaine",
        "week_used": "{used} minutes humaines sur {minutes}",
        "week_spans": (
            "du {begins} au {ends} : passées à ce qui est fait, prévues pour ce qui peut l’être ; ce qui est "
            "dû compte aussi, et se fait même quand il n’en reste plus"
        ),
        "no_shifts": (
            "Personne ne publie les présences : on ne sait pas qui est là. Les demandes ne sont proposées à "
            "personne en particulier, et restent au poste pour qui les prendra."
        ),
        "nobody_there": "Personne n’est présent.",
        "prompts": "Demandes",
        "kind": "Lesquelles",
        "how_many": "Combien",
        "minutes": "Minutes",
        "unoffered": "Ouvertes à qui voudra",
        "offered": "Proposées à quelqu’un",
        "claimed": "Prises",
        "snoozed": "Remises à plus tard",
        "held": "Gardées jusqu’à leur moment",
        "machine": "Confiées à une machine",
        "waiting_since": "Celle qui attend le plus attend depuis {when}.",
        "skills": "Ce qui attend, et qui pourrait s’en charger",
        "skill": "Compétence",
        "no_skill": "aucune en particulier",
        "able": "Présents qui l’ont",
        "undone_sum": (
            "Ces {days} derniers jours : {prompts}, {minutes} minutes, environ {loss} points de santé."
        ),
        "undone_caution": (
            "Une perte est une estimation, et non une mesure, sauf mention contraire : ce que la raison "
            "retire à la santé aujourd’hui, multiplié par la connaissance que nous avons du client, comme si "
            "une personne avait pu tout réparer ; ou, quand la raison ne retire rien, ce que la stratégie "
            "accorde à une attention."
        ),
        "none": "Rien n’a été laissé de côté faute de temps.",
        "customer": "Client",
        "why": "Pourquoi",
        "since": "Depuis",
        "loss": "Perte attendue",
        "points": "points",
        "measured": "mesurée pour de telles demandes",
        "reason": "d’après sa raison",
        "outreach": "d’après ce que vaut une attention",
        "what_now": "Ce qu’il en advient",
        "held_until": "reprise le {when}",
        "not_given": "pas donnée",
        "next": "Suite",
        "first": "Depuis le début",
    },
}

COUNTED: dict[Language, tuple[str, str]] = {
    "en": ("one prompt", "{count} prompts"),
    "fr": ("une demande", "{count} demandes"),
}
"""One, and several."""
