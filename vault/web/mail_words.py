"""What an e-mail says: that something waits, and where. Nothing of it is about anybody."""

from vault.web.catalogs import translations
from vault.web.reader import LANGUAGES


def mail(language: str | None, address: str) -> tuple[str, str]:
    """Subject and text in the customer's language, English before one was chosen."""
    words = translations(language if language in LANGUAGES else "en")
    subject = words.gettext("Something in your vault waits for you")
    text = words.gettext(
        "Something in your vault waits for you. Unlock it to see what:\n\n"
        "%(address)s\n\n"
        "No mail from your vault says more than this one, and none asks for your passphrase. "
        "In its settings you can turn these mails off.\n"
    )
    return subject, text % {"address": address}
