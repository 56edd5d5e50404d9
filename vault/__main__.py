"""`python -m vault` is the `vault` command."""

from vault.cli import main

main()
