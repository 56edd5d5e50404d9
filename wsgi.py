"""The application for a WSGI server of your own: `gunicorn wsgi:app`."""

from vault.app import create_app
from vault.settings import Settings

app = create_app(Settings.from_environment())
