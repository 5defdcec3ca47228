"""How long a test waits for what must come: a hung test ends, a slow machine fails none."""

LONGEST = 900  # seconds; tests run beside a deployment, on machines of any speed
