"""Applications that are virtual machines: a domU of its own, the application a service in it."""
