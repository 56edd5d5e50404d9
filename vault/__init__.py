"""A personal data vault: customers keep their records, and decide which vendor may see them."""

__version__ = "0.1.0"
