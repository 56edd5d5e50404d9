"""Use cases: a verb of the product each. Transactions begin and end here."""
