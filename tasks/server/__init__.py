"""The server: packages, bridge, volumes, Xen, what it is sent."""
