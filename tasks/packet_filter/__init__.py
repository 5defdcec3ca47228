"""Who may talk to whom on the server's bridge: the rules of an environment, for nftables."""
