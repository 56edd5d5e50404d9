"""The OAuth authorization server and the consent decision: one RFC, one file.

Authlib's dispatcher, our storage. The measure is the FAPI 2.0 Security Profile.
"""

from typing import Any

from flask import Flask

from vault.consent import authorize, change_page, endpoints, metadata, registration, requests_page
from vault.consent.change_page import ChangePage
from vault.consent.choosing import Choosing
from vault.consent.consent_page import ConsentPage
from vault.consent.throttle import Throttle
from vault.consent.waiting import Waiting


def register(app: Flask, services: Any) -> None:
    """Add the authorization server to the application."""
    settings, registrations = services.settings, services.registrations
    throttle = Throttle(settings.ratelimit_url)
    endpoints.register(app, services, throttle)
    _register_pages(app, services, throttle)
    registration.register(app, registrations, throttle, settings.base_url)
    metadata.register(app, settings.base_url, may_register=registrations.offered)


def _register_pages(app: Flask, services: Any, throttle: Throttle) -> None:
    """Add the two ways to a request: from the vendor, and from the list of those that wait."""
    issuer = services.settings.base_url
    waiting = Waiting(
        services.vendors, services.pending, services.decisions, services.roster, issuer
    )
    choosing = Choosing(services.glimpses, services.sellers)
    page = ConsentPage(services.consents, choosing)
    change_page.register(app, services, ChangePage(services, choosing))
    authorize.register(app, waiting, page, services, throttle)
    requests_page.register(app, waiting, page)
