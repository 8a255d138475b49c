"""French: when a person is prompted, and how prompts are given."""

KNOT_NAMES = {
    "retelling": "raconté encore et encore",
    "ping_pong": "ping-pong",
    "deaf_ear": "la sourde oreille",
    "broken_word": "la parole rompue",
    "misunderstanding": "un malentendu",
    "pursuit": "la poursuite",
    "rulebook": "le règlement",
}

TRIGGERS = {
    "promise_due": (
        "L’échéance d’une promesse faite à un client est dans {before} et rien n’est réglé (ou la moitié du "
        "délai est passée, s’il était de moins du double)."
    ),
    "promise_overdue": "Une promesse faite à un client n’est pas réglée alors que son échéance est passée.",
    "retold": "Un client a dû expliquer {tellings} fois la même raison.",
    "complaint_raised": "Un client a réclamé, et rien n’est réglé.",
    "complaint_refused": "Pour nous une réclamation est réglée, et le client ne l’accepte pas.",
    "knot_opened": "Un nœud s’est formé : {kinds}.",
    "band_fallen": (
        "Ce qui vient de se passer a fait descendre une relation à {bands}, de plus de {margin} points."
    ),
    "unanswered": (
        "Quelqu’un n’a pas pu nous joindre, nous avons été ouverts {within} depuis, et personne ne lui a "
        "parlé ; ou bien il a essayé, et pendant {patience} d’ouverture personne n’a répondu."
    ),
    "disrupted": (
        "Une panne touche un client depuis {within}, elle n’est pas finie, et personne ne l’en a prévenu."
    ),
    "silence": (
        "Un client dont la relation est {bands} ne donne pas de nouvelles depuis {at_least} ou "
        "plus, et à "
        "son propre rythme un silence aussi long a moins de {chance} de chances d’arriver."
    ),
    "praised": "Un client nous a félicités, ou l’un de nous : il faut le remercier.",
    "suggestion_answered": (
        "La suggestion d’un client a été retenue ou écartée, et personne ne le lui a encore dit."
    ),
    "milestone": "Il y a {years} ans que nous connaissons un client, et rien ne lui est dû.",
    "first_contact": "Quelqu’un nous contacte pour la première fois.",
    "surprise": (
        "Par tirage au sort, après {chance} des visites, des achats et des contacts aboutis, quand la "
        "relation "
        "est {bands} et que rien n’est dû ; {most} en trente jours au plus. Ces surprises ne "
        "s’annoncent à "
        "personne."
    ),
}

TREATMENT = {
    "usual": "Il faut environ {minutes} minutes ; ce qui date de plus de {freshness} ne sollicite personne.",
    "cooldown": "Après une fois, plus rien pendant {cooldown}.",
    "owed": "C’est dû au client : aucune limite ne le retient.",
    "hard": "Cela peut être éprouvant pour qui s’en charge.",
    "either": "Une machine peut s’en charger.",
    "machine": "Une machine s’en charge, sauf si le client a choisi une personne.",
    "skill": "Qui s’en charge devrait connaître « {skill} ».",
    "gesture": "Un geste jusqu’à {gesture} se décide seul.",
    "holdout": "Dans {holdout} des cas on ne fait rien, par tirage au sort, pour voir si cela aide.",
    "with": "Une seule demande pour tout cela : {names}.",
}

OUTREACH = {
    "quiet": "De {begins} à {ends} à l’heure du client on ne joint personne ; ce qui vient alors attend.",
    "cap": "Un client entend parler de nous, sans l’avoir demandé, {most} fois en {within} au plus.",
    "caps_but": "Ce qui lui est dû compte aussi parmi ces fois, et n’est jamais retenu.",
    "no_cap": "Rien ne limite le nombre de fois où un client entend parler de nous.",
    "budget": (
        "On y consacre {minutes} minutes par semaine. Quand elles sont épuisées, un client qui a eu moins de "
        "{floor_minutes} minutes en {floor_within} garde sa demande ; ce qui n’est pas fait est montré."
    ),
    "team": (
        "Qui prend une demande l’a pour {lease}. Elle est proposée à une personne pendant "
        "{offered_for}, "
        "puis à toutes. Un service compte {minutes} minutes d’attention de ce genre, et finit après {shift}. "
        "Après un contact éprouvant, rien d’éprouvant n’est proposé pendant {spared_for}. Un bon "
        "contact nous "
        "fait connaître d’un client pendant {known_for}."
    ),
    "learning": (
        "Ne pas donner signe pendant {silence} est aussi une réaction. Après une démarche mal reçue, la même "
        "raison ne sollicite personne pendant {unwelcome_cools}. On regarde après {horizon} ce qu’il en est "
        "advenu ; une baisse de plus de {harm} points est un mal."
    ),
}
