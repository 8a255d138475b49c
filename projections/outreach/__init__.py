"""How prompts are given: to whom, when, with what in hand. Pure functions of what is known and an instant."""
