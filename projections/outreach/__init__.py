"""How prompts are given: to whom and by whom, when, how often, and to whom not."""
