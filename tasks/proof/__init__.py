"""The proof that all applications work together."""
