"""The templates of what triggers state, each with its parameters; each has one sentence in each language.

No parameter is None but an `agent_id`; instants are in UTC. A sentence that something else would complete
(a reason, a note) is a fact of its own, so that no sentence has a hole.
"""

from collections.abc import Mapping

TEMPLATES: Mapping[str, frozenset[str]] = {
    name: frozenset(parameters)
    for name, parameters in {
        # Why now.
        "promise_due": ("what", "due", "agent_id"),
        "promise_overdue": ("what", "due", "agent_id"),
        "retold": ("reason", "tellings"),
        "complaint_raised": (),
        "complaint_refused": (),
        "knot_opened": ("kind",),
        "band_fallen": ("was", "band", "health"),
        "unanswered": ("channel",),
        "disrupted": ("since",),
        "silence": ("days", "usual_days"),
        "praised": ("agent_id",),
        "suggestion_adopted": (),
        "suggestion_declined": (),
        "milestone": ("years",),
        "first_contact": ("channel",),
        "surprise_contact": (),
        "surprise_purchase": (),
        "surprise_visit": (),
        # What else is worth knowing.
        "promise_renegotiated": ("due",),
        "promises_kept": ("count",),
        "told_again": ("reason",),
        "complaint_severity": ("severity",),
        "knot_about": ("about",),
        "their_reason": ("reason",),
        "unanswered_too": ("channel",),
        "disrupted_what": ("what",),
        "praise_note": ("note",),
        "suggestion_made": (),
    }.items()
}
