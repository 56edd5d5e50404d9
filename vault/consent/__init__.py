"""The OAuth authorization server and the consent decision: one RFC, one file.

Authlib's dispatcher, our storage. The measure is the FAPI 2.0 Security Profile.
"""

from typing import Any

from flask import Flask

from vault.consent import authorize, endpoints, metadata


def register(app: Flask, services: Any) -> None:
    """Add the authorization server to the application."""
    endpoints.register(app, services)
    authorize.register(app, services)
    metadata.register(app, services.settings.base_url)
