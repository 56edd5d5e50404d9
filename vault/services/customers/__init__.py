"""Who the customers are: vaults, what opens them, and where notices go."""
