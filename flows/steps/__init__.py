"""The steps each flow is made of. No file here imports Prefect: a plan needs none of it."""
