"""How prompts are given: when, how often, to whom and by whom. Pure functions of what is known."""
