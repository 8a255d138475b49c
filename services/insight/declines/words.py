"""The texts of the page of declines, in English and French."""

from services.runtime.settings import Language

TEXTS: dict[Language, dict[str, str]] = {
    "en": {
        "declines_purpose": (
            "What is declined teaches which triggers are wrong. Of {days} days; nobody is ranked here."
        ),
        "relationships": "Relationships",
        "trigger": "Why",
        "strategy": "Strategy",
        "given": "Given",
        "claimed": "Claimed",
        "snoozed": "Put off",
        "declined": "Declined",
        "done": "Done",
        "expired": "Expired",
        "under_way": "Under way",
        "reasons": "Why they were declined",
        "times": "{count} times",
        "nobody_said": "Nobody has said why.",
        "none": "No prompts were given in this time.",
    },
    "fr": {
        "declines_purpose": (
            "Ce qui est décliné apprend quels déclencheurs ont tort. Sur les {days} derniers jours ; "
            "personne n’est classé ici."
        ),
        "relationships": "Relations",
        "trigger": "Pourquoi",
        "strategy": "Stratégie",
        "given": "Données",
        "claimed": "Prises",
        "snoozed": "Remises",
        "declined": "Déclinées",
        "done": "Faites",
        "expired": "Expirées",
        "under_way": "En cours",
        "reasons": "Pourquoi elles ont été déclinées",
        "times": "{count} fois",
        "nobody_said": "Personne n’a dit pourquoi.",
        "none": "Aucune demande n’a été donnée pendant ce temps.",
    },
}
