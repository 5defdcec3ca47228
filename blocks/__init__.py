"""What a task talks to: typed configuration plus a connection. Only this room opens any."""
