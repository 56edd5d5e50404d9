"""Creating, opening, recovering and locking a vault."""

from contextlib import suppress

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from vault.errors import Busy, Conflict, Refused, WrongPassphrase
from vault.web import session, throttle
from vault.web.blueprint import open_vault, pages, public, services
from vault.web.forms.account import RecoverForm, SignUpForm, UnlockForm
from vault.web.language import gettext as _
from vault.web.language import said
from vault.web.shared import page_options, status_of
from vault.web.strength import judge


@pages.route("/signup", methods=["GET", "POST"])
@public
@throttle.slow_sign_ups
def signup() -> ResponseReturnValue:
    """Create a vault and show its recovery code, once."""
    form = SignUpForm()
    if not page_options().by_invitation:
        del form.invitation
    if not page_options().may_sign_up or not form.validate_on_submit():
        return _signup_page(form)
    try:
        invitation = form.invitation.data if form.invitation else None
        code = services().customers.create(form.username.data, form.passphrase.data, invitation)
    except Conflict:
        form.username.errors = [_("This name is taken. Choose another.")]
        return _signup_page(form)
    except Refused as refusal:
        form.invitation.errors = [said(refusal)]
        return _signup_page(form)
    opened = services().sessions.unlock(form.username.data, form.passphrase.data)
    return _show_recovery_code(code, opened.token, form.username.data)


@pages.post("/signup/kept")
def recovery_code_kept() -> ResponseReturnValue:
    """Go on after the recovery code was kept, to where the visitor was going."""
    return redirect(session.local_target(request.args.get("next")))


@pages.route("/unlock", methods=["GET", "POST"])
@public
@throttle.slow_failures
def unlock() -> ResponseReturnValue:
    """Open the vault, and go on to where the visitor was going."""
    form = UnlockForm()
    if not form.validate_on_submit():
        return render_template("account/unlock.html", form=form), status_of(form)
    try:
        opened = services().sessions.unlock(form.username.data, form.passphrase.data)
    except WrongPassphrase:
        return render_template("account/unlock.html", form=form, refused=True), 401
    with suppress(Busy):
        # An import that was confirmed and then cut off is stored now.
        services().imports.finish(services().sessions.open(opened.token))
    # 303: a browser must not send the passphrase on to where it is led (FAPI 2.0 5.3.2.2).
    target = session.local_target(request.args.get("next"))
    response = make_response(redirect(target, 303))
    return throttle.remember(session.begin(response, opened.token), form.username.data)


@pages.route("/recover", methods=["GET", "POST"])
@public
@throttle.slow_failures
def recover() -> ResponseReturnValue:
    """Open the vault with the recovery code and show the next one."""
    form = RecoverForm()
    if not form.validate_on_submit():
        return render_template("account/recover.html", form=form), status_of(form)
    try:
        recovered = services().rekeying.recover(
            form.username.data, form.recovery_code.data, form.passphrase.data
        )
    except WrongPassphrase:
        return render_template("account/recover.html", form=form, refused=True), 401
    return _show_recovery_code(recovered.recovery_code, recovered.session.token, form.username.data)


@pages.post("/lock")
@public
def lock() -> ResponseReturnValue:
    """End the session: its credential is erased, not only forgotten by the browser."""
    if current_user.is_authenticated:
        services().sessions.lock(open_vault())
    response = session.end(redirect(url_for("web.unlock")))
    flash(_("Your vault is locked."))
    return response


@pages.get("/lock")
@public
def locked() -> ResponseReturnValue:
    """Whoever types the address of the lock finds the door."""
    return redirect(url_for("web.home"))


def _signup_page(form: SignUpForm) -> ResponseReturnValue:
    strength = None
    if form.is_submitted() and form.passphrase.data:
        strength = judge(form.passphrase.data, form.username.data or "")
    page = render_template(
        "account/signup.html",
        form=form,
        strength=strength,
        may_sign_up=page_options().may_sign_up,
    )
    return page, status_of(form)


def _show_recovery_code(code: str, token: str, name: str) -> ResponseReturnValue:
    session.bind_csrf(token)
    response = make_response(render_template("account/recovery_code.html", code=code))
    return throttle.remember(session.begin(response, token), name)
