"""What is the same for all that runs, whatever its technique: protocol, addresses, answers."""
