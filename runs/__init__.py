"""What the execution of a flow is made of: state folder, lock, steps, waiting, progress."""
