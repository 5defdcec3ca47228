"""What a person runs: one flow a file, each also `python -m flows.NAME`."""
