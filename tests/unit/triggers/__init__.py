"""Triggers: what prompts a person, and what does not."""
