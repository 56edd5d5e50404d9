"""The ledger as its customer reads it, and whether all of it still stands."""
