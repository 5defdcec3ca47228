"""One file for each change of the tables; each knows the one before it."""
