"""English: what a strategy means."""

from services.cli.strategies.words.prompting_english import KNOT_NAMES, OUTREACH, TREATMENT, TRIGGERS

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
    ("before_asked", True): "before they asked",
    ("before_asked", False): "after they asked",
}

BREACHES = {
    "retelling": "having to tell something again",
    "overlooked": "being overlooked",
    "unanswered": "waiting too long, or not being answered",
    "broken_word": "a promise that is late or broken",
}

KNOTS = {
    "retelling": (
        "Retelling: one reason is told {tellings} times within {within}. It ends when somebody "
        "remembers without being told."
    ),
    "ping_pong": (
        "Ping-pong: handed on {transfers} times in one case within {within}. It ends with the case."
    ),
    "deaf_ear": (
        "Deaf ear: {attempts} attempts in a row within {within}, and nobody answered; after "
        "{patience} no answer is none. It ends when somebody answers or calls back."
    ),
    "broken_word": (
        "Broken word: {promises} promises broken within {within}, or more than {late} past their "
        "due. It ends when they are made good, or when {kept} new ones are kept in time."
    ),
    "misunderstanding": (
        "Misunderstanding: we closed it as resolved and the customer came back about it, or "
        "complained, within {within}; or what they state is {apart} points or more from what we "
        "read. It ends by their own word."
    ),
    "pursuit": (
        "Pursuit: {outreaches} outreaches within {within}, with silence or {silence} without a sign "
        "in between. It ends with any sign of the customer."
    ),
    "rulebook": (
        "Rulebook: “it is the procedure”, {times} times within {within}. It ends when somebody "
        "decides alone, or explains a no that is accepted."
    ),
}

STRENGTHS = ("hardly", "a little", "clearly", "very much")

PLURALS = {
    "one": "{number} point",
    "other": "{number} points",
}

TEXTS = {
    "title": "How we read relationships: strategy {version}",
    "what": "What is read",
    "what_said": (
        "Each relationship with a customer is read in two respects: recognition (do we know and value this "
        "person?) and responsiveness (do we answer, in good time, and do what we said?). Each has a score "
        "from 0 to 100; health is their mean, {shares}. Purchases never count."
    ),
    "shares_same": "and both count the same",
    "shares": "of which recognition is {recognition} and responsiveness {responsiveness}",
    "prior": (
        "A relationship of which nothing is known stands at {health}. Points below are those that "
        "something moves for somebody of whom nothing else is known; the more we know, the less one more "
        "thing moves."
    ),
    "bands": "What a health is called",
    "band_from": "{band}: from {health}",
    "band_below": "{band}: below {health}",
    "band_unknown": "{band}: whatever the number, while we know less than {floor} of what there is to know",
    "memory": "How long it is remembered",
    "memory_said": (
        "Everything fades. After {bond}, what happened counts half; after twice that, a quarter. Beside it "
        "we look at the last weeks alone, with a memory of {mood}: the difference says whether it is "
        "getting better."
    ),
    "good": "What does good",
    "bad": "What hurts",
    "signal": "{event} ({type}): {strength}, {points}",
    "signal_scaled": "{event} ({type}): by what they say, {least} at 0 and {most} at 100",
    "conditions": "Where something stands here with a colon and a case, its other cases do not count.",
    "nothing": "Nothing.",
    "for": "For {dimension}",
    "contact": "When somebody tries to reach us",
    "contact_said": (
        "A contact counts once, by how it ends, and only while we are open does the wait go on. Answered "
        "at once ({points}) is as good as it gets; after the expected wait it is neither good nor bad; "
        "after that it hurts. Expected is:"
    ),
    "expected": "{channel}: {wait}",
    "contact_missed": (
        "If nobody answers and nobody calls back, it hurts: {missed} or worse. Calling back mends it, up "
        "to {returned}; with {call_back} of opening hours gone by, half of what that is better than "
        "leaving it is left. An answer of which we do not know how long it took: {unknown}. After "
        "{give_up} without an answer it gets no worse, and begins to fade."
    ),
    "promise": "When we promise something",
    "promise_said": (
        "Kept in time: {kept}. Past its due and still open: {overdue}. Broken: {broken}. Kept late: up to "
        "{late}; when it is {grace} late, half of what that is better than leaving it is left. A new date "
        "that the customer agreed to is the due from then on. A promise that is no longer needed is "
        "neither kept nor broken."
    ),
    "complaint": "When somebody complains",
    "complaint_said": (
        "Raised and not settled: {raised}. Settled so that the customer agrees: {accepted}. Closed "
        "although the customer does not agree: {refused}. It counts for {dimension}."
    ),
    "again": "When it happens again",
    "again_said": "The second time costs more than the first. Four times of one kind weigh as much as:",
    "again_kind": "{breach}: {times} single times",
    "unscored": "What does not count, and why",
    "hours": "When we are open",
    "hours_of": "{channels}: {week}",
    "always": "always, closed days too",
    "never": "never",
    "days": "{first} to {last}",
    "span": "{opens}–{closes}",
    "zone": "by the clock of {zone}",
    "holidays": "closed on the public holidays of {region}",
    "closed": "closed {days}",
    "special": "{day} {spans}",
    "range": "{first} to {last}",
    "and": "and",
    "knots": "Knots",
    "knots_said": (
        "A knot is a pattern in which each side’s answer makes the other’s worse. It counts in "
        "place of what it rests on, never beside it, and while it is open the relationship is "
        "called knotted."
    ),
    "knot_fades": "By itself it fades after {open_for}.",
    "no_knot": "None: the strategy looks for no pattern.",
    "triggers": "When a person is prompted",
    "triggers_said": (
        "A prompt says why, and what we know; what to do about it is for whoever takes it to decide, and "
        "to decline costs nothing. The most urgent come first, each by its name in the file."
    ),
    "outreach": "How prompts are given",
    "trigger": "• {name}: {said}",
    "no_trigger": "Never: the strategy has no triggers.",
    "case": "{event}: {cases}",
    "between": "; ",
}
