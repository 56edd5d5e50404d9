"""What a server does for all vaults, with nobody's passphrase: backup, rotation, the sweep."""
