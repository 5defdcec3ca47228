"""Environments: what a server, its machines and its applications shall be, in one YAML file."""
