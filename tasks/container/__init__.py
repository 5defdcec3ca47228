"""Containers: images, their way to a domU, Compose."""
