"""What is the same for all that runs, whatever its technique: list, verbs, answers."""
