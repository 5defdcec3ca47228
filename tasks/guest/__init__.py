"""What is the same for all guests of Xen: description, console, whether they work."""
