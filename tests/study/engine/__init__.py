"""The whole engine on simulated days: its services step by step, PostgreSQL too, and a clock of its own."""
