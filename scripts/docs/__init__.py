"""Keeps the documents in step with the code: `python -m scripts.docs`, or `make docs`."""
