"""Copies of an application, one a technique, beside what runs: to measure them, then to go."""
