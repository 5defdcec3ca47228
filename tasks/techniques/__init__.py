"""Which techniques there are: the one place that tells a domU, container and unikernel apart."""
