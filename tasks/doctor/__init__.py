"""What would work on a server, looked at before anything is done to it."""
