"""English: when a person is prompted, and how prompts are given."""

KNOT_NAMES = {
    "retelling": "told again and again",
    "ping_pong": "ping-pong",
    "deaf_ear": "a deaf ear",
    "broken_word": "a broken word",
    "misunderstanding": "a misunderstanding",
    "pursuit": "pursuit",
    "rulebook": "the rulebook",
}

TRIGGERS = {
    "promise_due": (
        "A promise to a customer is due in {before} and still open (or half its time is over, where it was "
        "given for less than twice that)."
    ),
    "promise_overdue": "A promise to a customer is past its due and still open.",
    "retold": "A customer has told one reason {tellings} times.",
    "complaint_raised": "A customer has complained, and it is not settled.",
    "complaint_refused": "We hold a complaint settled, and the customer does not accept it.",
    "knot_opened": "A knot has opened: {kinds}.",
    "band_fallen": (
        "What has just happened brought a relationship down to {bands}, by more than {margin} points."
    ),
    "unanswered": (
        "Somebody could not reach us, we have been open for {within} since, and nobody has spoken with them; "
        "or they have tried, and for {patience} of our hours nobody has answered."
    ),
    "disrupted": (
        "A failure has touched a customer for {within}, it is not over, and nobody has told them of it."
    ),
    "silence": (
        "A customer whose relationship is {bands} has not been heard of for {at_least} or more, and in "
        "their own rhythm a silence as long has a chance below {chance}."
    ),
    "praised": "A customer has praised us, or one of us: they should be thanked.",
    "suggestion_answered": ("A customer’s suggestion was adopted or declined, and nobody has told them yet."),
    "milestone": ("It is {years} years since we first heard of a customer, and nothing is owed to them."),
    "first_contact": "Somebody contacts us for the first time.",
    "surprise": (
        "By lot, after {chance} of visits, purchases and answered contacts, where the relationship is "
        "{bands} and nothing is owed; {most} in thirty days at most. Nobody is told that there are such "
        "surprises."
    ),
}

TREATMENT = {
    "usual": "It takes some {minutes} minutes; what is older than {freshness} prompts nobody.",
    "cooldown": "After one there is no other for {cooldown}.",
    "owed": "The customer is owed it: no limit holds it back.",
    "hard": "It may be hard on whoever takes it.",
    "either": "A machine may do it.",
    "machine": "A machine does it, unless the customer chose a person.",
    "skill": "Whoever takes it should know “{skill}”.",
    "gesture": "A gesture of up to {gesture} is theirs to decide.",
    "holdout": "Of {holdout} of them nothing is made, by lot, to see whether they help.",
    "with": "One prompt for all of these: {names}.",
}

OUTREACH = {
    "quiet": "From {begins} to {ends} by the customer’s own clock nobody is reached; what is due then waits.",
    "cap": "A customer hears from us, unasked, {most} times in {within} at most.",
    "caps_but": "What is owed to them counts among these times too, and is never held back.",
    "no_cap": "There is no limit to how often a customer hears from us.",
    "budget": (
        "People have {minutes} minutes a week for it all. When these are used up, a customer who had "
        "less than "
        "{floor_minutes} minutes in {floor_within} still has a prompt; what is left undone is shown."
    ),
    "team": (
        "Whoever takes a prompt has it for {lease}. It is offered to one person for {offered_for}, then "
        "to all. "
        "A shift has {minutes} minutes of such care, and is over after {shift}. After a hard contact nothing "
        "hard is offered for {spared_for}. A good contact makes us known to a customer for {known_for}."
    ),
    "learning": (
        "No sign of the customer for {silence} is a reaction too. After an unwelcome outreach the same "
        "reason "
        "prompts nobody for {unwelcome_cools}. What became of it is looked at after {horizon}; a fall "
        "of more than {harm} points is harm."
    ),
}
