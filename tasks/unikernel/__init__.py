"""Unikernels: images, guests, saved states, secrets."""
