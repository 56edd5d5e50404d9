"""The OAuth authorization server and the consent decision: one RFC, one file.

Authlib's dispatcher, our storage. The measure is the FAPI 2.0 Security Profile.
"""

from typing import Any

from flask import Flask

from vault.consent import authorize, endpoints, metadata, registration
from vault.consent.throttle import Throttle


def register(app: Flask, services: Any) -> None:
    """Add the authorization server to the application."""
    settings, registrations = services.settings, services.registrations
    throttle = Throttle(settings.ratelimit_url)
    endpoints.register(app, services, throttle)
    authorize.register(app, services, throttle)
    registration.register(app, registrations, throttle, settings.base_url)
    metadata.register(app, settings.base_url, may_register=registrations.offered)
