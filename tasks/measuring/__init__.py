"""Measuring: subjects, figures, timed starts and ends; knows no technique."""
