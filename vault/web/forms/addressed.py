"""Forms that are sent by GET, so that what they say stands in the address."""

from typing import Any

from flask_wtf.i18n import translations
from wtforms import Form
from wtforms.meta import DefaultMeta


class AddressedForm(Form):
    """What WTForms itself says of a field is said in the reader's language, as in posted forms."""

    class Meta(DefaultMeta):
        """Where WTForms asks for words."""

        def get_translations(self, form: Form) -> Any:  # noqa: ARG002 - WTForms' hook
            """Those of Flask-WTF, which follow Flask-Babel."""
            return translations
