"""The form for the e-mail address to which notices go."""

from flask_wtf import FlaskForm
from wtforms import EmailField
from wtforms.validators import Length

from vault.domain.addresses import LONGEST
from vault.web.forms.account import stripped
from vault.web.language import lazy_gettext as _


class ContactForm(FlaskForm):
    """An address, or none."""

    address = EmailField(
        _("E-mail for notices"),
        filters=[stripped],
        validators=[Length(max=LONGEST, message=_("At most 254 characters."))],
    )
