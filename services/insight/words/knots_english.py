"""English: knots, what ties each, and its way out."""

NAMES = {
    "retelling": "Told again and again",
    "ping_pong": "Ping-pong",
    "deaf_ear": "A deaf ear",
    "broken_word": "A broken word",
    "misunderstanding": "A misunderstanding",
    "pursuit": "Pursuit",
    "rulebook": "The rulebook",
}

TIED = {
    "retelling": "The same reason had to be told over and over",
    "ping_pong": "Handed on and on in one case",
    "deaf_ear": "Attempt after attempt, and nobody answered",
    "broken_word": "Promise upon promise broken",
    "misunderstanding": "We held it for resolved, and the customer did not",
    "stated": "What the customer says of the relationship is far from what we read",
    "pursuit": "We reached out, met silence, and reached out again",
    "rulebook": "“It is the procedure”, and again",
}

EXITS = {
    "retelling": (
        "One person learns the whole story and takes it on, so that nothing need be told again. It "
        "unties when something is remembered without being asked, or when our reaching out is "
        "welcome."
    ),
    "ping_pong": (
        "One person keeps the case to its end. It unties when the case is closed as resolved, or when "
        "our reaching out is welcome."
    ),
    "deaf_ear": (
        "Somebody calls back. It unties when the customer is reached, or reaches us, on whatever way."
    ),
    "broken_word": (
        "What was promised is done after all, or another date is agreed. It unties when no two "
        "promises stand broken any more, or when new ones are kept in time. A kind gesture does not "
        "untie it."
    ),
    "misunderstanding": (
        "Somebody asks what was left open, instead of closing it once more. It unties by the "
        "customer’s own word: a complaint settled with their agreement, or reaching out that they "
        "welcome."
    ),
    "stated": (
        "Somebody asks how the customer sees it, and listens. It unties when what they state and what "
        "we read come together, or when our reaching out is welcome."
    ),
    "pursuit": "Leave the customer in peace. It unties with any sign of theirs.",
    "rulebook": (
        "Somebody decides alone, or explains a no so that it can be lived with. It unties then, or "
        "when our reaching out is welcome."
    ),
}

TEXTS = {
    "knots": "Knots",
    "knots_why": (
        "Each side’s answer makes the other’s worse. A knot counts in place of what it rests on, "
        "never beside it."
    ),
    "knot": "A knot",
    "knot_exit": "The way out",
    "knot_evidence": "What it rests on",
    "knot_since": "Since {when}; by itself it fades on {fades}.",
    "knots_untied": "Untied before",
    "knot_until": "from {since} to {until}",
}
