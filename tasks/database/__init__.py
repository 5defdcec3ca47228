"""PostgreSQL databases of an environment: dumped out of a container, and restored into it."""
