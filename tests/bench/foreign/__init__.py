"""The projector's job, reduced to its core and written in other stream processors, each to win.

They read the same topic, take each event once by (source, id), keep decayed sums per customer and write both
to PostgreSQL. They keep no matters, take no readings, announce nothing and set no deadlines. Each runs in a
virtual environment of its own, which this project's does not share: they import nothing of ours but `job`.
"""
