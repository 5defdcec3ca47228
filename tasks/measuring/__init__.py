"""Measuring: size, memory and starts of each subject, and the floors."""
