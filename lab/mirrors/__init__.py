"""The package mirrors of the lab: those of this machine, and the way to them."""
