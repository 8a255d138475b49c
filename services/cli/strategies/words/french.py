"""Français : ce que veut dire une stratégie."""

from services.cli.strategies.words.prompting_french import KNOT_NAMES, OUTREACH, TREATMENT, TRIGGERS

__all__ = [
    "BREACHES",
    "CONDITIONS",
    "KNOTS",
    "KNOT_NAMES",
    "OUTREACH",
    "PLURALS",
    "STRENGTHS",
    "TEXTS",
    "TREATMENT",
    "TRIGGERS",
]

CONDITIONS = {
    ("before_asked", True): "avant qu’il ne demande",
    ("before_asked", False): "après sa demande",
}

BREACHES = {
    "retelling": "devoir raconter de nouveau",
    "overlooked": "être traité comme un inconnu",
    "unanswered": "attendre trop longtemps, ou rester sans réponse",
    "broken_word": "une promesse en retard ou rompue",
}

KNOTS = {
    "retelling": (
        "Raconté encore : une même raison est dite {tellings} fois en {within}. Il se dénoue quand "
        "on se souvient sans le demander."
    ),
    "ping_pong": (
        "Ping-pong : transmis {transfers} fois dans une affaire en {within}. Il se dénoue avec l’affaire."
    ),
    "deaf_ear": (
        "Sourde oreille : {attempts} essais de suite en {within}, et personne n’a répondu ; après "
        "{patience}, une réponse qui ne vient pas n’en est pas une. Il se dénoue quand on répond ou "
        "rappelle."
    ),
    "broken_word": (
        "Parole rompue : {promises} promesses rompues en {within}, ou en retard de plus de {late}. "
        "Il se dénoue quand elles sont tenues malgré tout, ou quand {kept} nouvelles le sont à "
        "temps."
    ),
    "misunderstanding": (
        "Malentendu : nous avons clos l’affaire comme réglée, et le client y est revenu, ou s’est "
        "plaint, en {within} ; ou ce qu’il dit est à {apart} points ou plus de ce que nous lisons. "
        "Il se dénoue par sa parole."
    ),
    "pursuit": (
        "Poursuite : {outreaches} prises de contact en {within}, avec un silence ou {silence} sans "
        "signe entre elles. Il se dénoue au moindre signe du client."
    ),
    "rulebook": (
        "Règlement : « c’est la procédure », {times} fois en {within}. Il se dénoue quand quelqu’un "
        "décide seul, ou explique un non qui est accepté."
    ),
}

STRENGTHS = ("à peine", "un peu", "nettement", "beaucoup")

PLURALS = {
    "one": "{number}\u00a0point",
    "many": "{number}\u00a0points",
    "other": "{number}\u00a0points",
}

TEXTS = {
    "title": "Comment nous lisons les relations : stratégie {version}",
    "what": "Ce qui est lu",
    "what_said": (
        "Chaque relation avec un client se lit sous deux angles : la reconnaissance (cette personne "
        "est-elle connue et estimée chez nous ?) et la réactivité (répondons-nous, à temps, et "
        "faisons-nous ce que nous avons dit ?). Chacune a une note de 0 à 100 ; la santé est leur moyenne, "
        "{shares}. Les achats ne comptent jamais."
    ),
    "shares_same": "et les deux comptent autant",
    "shares": "où la reconnaissance compte pour {recognition} et la réactivité pour {responsiveness}",
    "prior": (
        "Une relation dont on ne sait rien se tient à {health}. Les points ci-dessous sont ceux qu’une "
        "chose fait gagner ou perdre quand on ne sait rien d’autre ; plus on en sait, moins une chose de "
        "plus compte."
    ),
    "bands": "Comment s’appelle une santé",
    "band_from": "{band} : à partir de {health}",
    "band_below": "{band} : au-dessous de {health}",
    "band_unknown": "{band} : quel que soit le chiffre, tant que nous en savons moins de {floor}",
    "memory": "Combien de temps on s’en souvient",
    "memory_said": (
        "Tout s’estompe. Après {bond}, ce qui s’est passé compte moitié moins ; après le double, quatre "
        "fois moins. À côté, nous regardons les dernières semaines seules, avec une mémoire de {mood} : la "
        "différence dit si cela va mieux."
    ),
    "good": "Ce qui fait du bien",
    "bad": "Ce qui blesse",
    "signal": "{event} ({type}) : {strength}, {points}",
    "signal_scaled": "{event} ({type}) : selon la note donnée, {least} à 0 et {most} à 100",
    "conditions": "Quand une ligne précise un cas après deux-points, les autres cas ne comptent pas.",
    "nothing": "Rien.",
    "for": "Pour {dimension}",
    "contact": "Quand quelqu’un cherche à nous joindre",
    "contact_said": (
        "Un contact compte une fois, par son issue, et l’attente n’avance qu’aux heures d’ouverture. "
        "Répondre aussitôt ({points}) est ce qu’il y a de mieux ; au bout de l’attente prévue, ce n’est ni "
        "bien ni mal ; au-delà, cela blesse. L’attente prévue :"
    ),
    "expected": "{channel} : {wait}",
    "contact_missed": (
        "Si personne ne répond ni ne rappelle, cela blesse : {missed} ou pire. Rappeler répare, jusqu’à "
        "{returned} ; après {call_back} d’ouverture, il reste la moitié de ce que cela vaut de mieux que "
        "de ne rien faire. Une réponse dont on ignore le délai : {unknown}. Après {give_up} sans réponse, "
        "cela n’empire plus et commence à s’estomper."
    ),
    "promise": "Quand nous promettons quelque chose",
    "promise_said": (
        "Tenue à temps : {kept}. Échéance passée sans être réglée : {overdue}. Rompue : {broken}. Tenue en "
        "retard : jusqu’à {late} ; avec {grace} de retard, il reste la moitié de ce que cela vaut de mieux "
        "que de ne rien faire. Une nouvelle date que le client a acceptée devient l’échéance. Une promesse "
        "dont on n’a plus besoin n’est ni tenue ni rompue."
    ),
    "complaint": "Quand quelqu’un réclame",
    "complaint_said": (
        "Faite et pas encore réglée : {raised}. Réglée avec l’accord du client : {accepted}. Close sans "
        "son accord : {refused}. Elle compte pour {dimension}."
    ),
    "again": "Quand cela se répète",
    "again_said": (
        "La deuxième fois coûte plus que la première. Quatre fois la même chose pèsent autant que :"
    ),
    "again_kind": "{breach} : {times} fois isolées",
    "unscored": "Ce qui ne compte pas, et pourquoi",
    "hours": "Quand nous sommes ouverts",
    "hours_of": "{channels} : {week}",
    "always": "toujours, jours fermés compris",
    "never": "jamais",
    "days": "du {first} au {last}",
    "span": "de {opens} à {closes}",
    "zone": "fuseau horaire {zone}",
    "holidays": "fermé les jours fériés ({region})",
    "closed": "fermé {days}",
    "special": "{day} {spans}",
    "range": "du {first} au {last}",
    "and": "et",
    "knots": "Les nœuds",
    "knots_said": (
        "Un nœud est un enchaînement où la réponse de chacun aggrave celle de l’autre. Il compte à "
        "la place de ce sur quoi il repose, jamais en plus, et tant qu’il est noué la relation est "
        "dite nouée."
    ),
    "knot_fades": "De lui-même, il s’efface après {open_for}.",
    "no_knot": "Aucun : la stratégie ne cherche aucun enchaînement.",
    "triggers": "Quand une personne est sollicitée",
    "triggers_said": (
        "Une demande dit pourquoi, et ce que nous savons ; que faire, c’est à la personne qui la "
        "prend d’en décider, et décliner ne coûte rien. Les plus urgentes viennent d’abord, chacune sous "
        "son nom dans le fichier."
    ),
    "outreach": "Comment les demandes sont données",
    "trigger": "• {name} : {said}",
    "no_trigger": "Jamais : la stratégie n’a pas de déclencheur.",
    "case": "{event} : {cases}",
    "between": " ; ",
}
