"""Importing: documents become records, several sources one truth, and any import can be undone."""
