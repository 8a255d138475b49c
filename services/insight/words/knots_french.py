"""Français : les nœuds, ce qui noue chacun, et comment en sortir."""

NAMES = {
    "retelling": "Raconté encore et encore",
    "ping_pong": "Ping-pong",
    "deaf_ear": "La sourde oreille",
    "broken_word": "La parole rompue",
    "misunderstanding": "Un malentendu",
    "pursuit": "La poursuite",
    "rulebook": "Le règlement",
}

TIED = {
    "retelling": "Il a fallu raconter la même chose encore et encore",
    "ping_pong": "Transmis de l’un à l’autre, toujours dans la même affaire",
    "deaf_ear": "Appel après appel, et personne n’a répondu",
    "broken_word": "Promesse après promesse rompue",
    "misunderstanding": "Nous la tenions pour réglée, le client non",
    "stated": "Ce que le client dit de la relation est loin de ce que nous lisons",
    "pursuit": "Nous avons pris contact, il y a eu silence, et nous avons recommencé",
    "rulebook": "« C’est la procédure », et encore",
}

EXITS = {
    "retelling": (
        "Une seule personne apprend toute l’histoire et s’en charge : il n’y a plus rien à répéter. "
        "Il se dénoue quand on se souvient de quelque chose sans le demander, ou quand notre démarche "
        "est bienvenue."
    ),
    "ping_pong": (
        "Une seule personne garde l’affaire jusqu’au bout. Il se dénoue quand l’affaire est close et "
        "réglée, ou quand notre démarche est bienvenue."
    ),
    "deaf_ear": (
        "Quelqu’un rappelle. Il se dénoue quand on joint le client, ou qu’il nous joint, par quelque "
        "voie que ce soit."
    ),
    "broken_word": (
        "Ce qui a été promis est fait malgré tout, ou une autre date est convenue. Il se dénoue quand "
        "deux promesses ne restent plus rompues, ou quand de nouvelles sont tenues à temps. Un geste "
        "aimable ne le dénoue pas."
    ),
    "misunderstanding": (
        "Quelqu’un demande ce qui est resté ouvert, au lieu de clore une fois de plus. Il se dénoue "
        "par la parole du client : une réclamation réglée avec son accord, ou une démarche bienvenue."
    ),
    "stated": (
        "Quelqu’un demande au client comment il la voit, et l’écoute. Il se dénoue quand ce qu’il dit "
        "et ce que nous lisons se rejoignent, ou quand notre démarche est bienvenue."
    ),
    "pursuit": "Laisser le client en paix. Il se dénoue au moindre signe de sa part.",
    "rulebook": (
        "Quelqu’un décide seul, ou explique un non de sorte qu’on puisse vivre avec. Il se dénoue "
        "alors, ou quand notre démarche est bienvenue."
    ),
}

TEXTS = {
    "knots": "Nœuds",
    "knots_why": (
        "La réponse de chacun aggrave celle de l’autre. Un nœud compte à la place de ce sur quoi il "
        "repose, jamais en plus."
    ),
    "knot": "Un nœud",
    "knot_exit": "Comment en sortir",
    "knot_evidence": "Ce sur quoi il repose",
    "knot_since": "Depuis le {when} ; de lui-même, il s’efface le {fades}.",
    "knots_untied": "Dénoués auparavant",
    "knot_until": "du {since} au {until}",
}
