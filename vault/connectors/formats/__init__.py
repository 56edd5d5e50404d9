"""Readers of file formats that connectors share, each with its limits; none knows a vendor."""
