"""Verdicts on what was measured: of two runs, and of a run after those before it.

Recording knows nothing of this. `chance` has the statistics, `figures` reads what they need,
`two_runs` compares, `trends` goes through all runs.
"""
