"""Connectors: one file for each vendor or format, discovered by walking this package."""
