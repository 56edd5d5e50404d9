"""What gunicorn serves when the vault is measured: the application as it is, from the settings."""

from vault.app import create_app
from vault.settings import Settings

app = create_app(Settings.from_environment())
