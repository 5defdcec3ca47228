"""Nights: fresh packages, what a night was built from, what it made worse, what is put back."""
