"""What a flow is made of: each file one kind of resource, each function one step of it."""
