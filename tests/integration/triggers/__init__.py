"""Causes and deadlines on a real database: what is raised, set, voided, and when one looks again."""
