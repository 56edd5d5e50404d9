"""In which language somebody reads, and how dates and money are written where they live.

What was chosen stands with the vault, which brings it along to any browser, and in a cookie, which
also holds while the vault is locked. Before any choice the browser's languages decide.
"""

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from flask import Flask, current_app, g, has_request_context, request
from werkzeug.wrappers import Response as BaseResponse

LANGUAGES = {"en": "English", "zh_Hans": "中文"}
"""Each by its own name, as whoever looks for it knows it. The first is for all others."""

_YEAR = 31_536_000
_FALLBACK = next(iter(LANGUAGES))


def install(app: Flask, *, secure: bool) -> None:
    """Name the cookie, and tell the templates of the languages."""
    app.config["LANGUAGE_COOKIE"] = "__Host-language" if secure else "language"
    app.jinja_env.globals.update(languages=LANGUAGES, reader_language=language, tag_of=tag_of)


def language() -> str:
    """The language of this request's pages, a key of LANGUAGES."""
    if not has_request_context():
        return _FALLBACK
    vault = g.get("vault")
    for chosen in (vault and vault.language, request.cookies.get(_cookie())):
        if chosen in LANGUAGES:
            return str(chosen)
    return _preferred()


def _cookie() -> str:
    return str(current_app.config["LANGUAGE_COOKIE"])


def _preferred() -> str:
    """The first of the browser's languages that we have; any Chinese is read as ours."""
    ours = {name.partition("_")[0]: name for name in LANGUAGES}
    asked = (one.partition("-")[0].lower() for one in request.accept_languages.values())
    return next((ours[one] for one in asked if one in ours), _FALLBACK)


def locale() -> str:
    """The language, with dates and money as written where the reader lives: `en_DE`, `zh_Hans`."""
    chosen = language()
    for asked in request.accept_languages.values():
        try:
            territory = Locale.parse(_likely(asked)).territory
            return str(Locale.parse(f"{chosen}_{territory}")) if territory else chosen
        except (UnknownLocaleError, ValueError):
            continue
    return chosen


def _likely(asked: str) -> str:
    """`de` alone is read as `de_Latn_DE`, by CLDR's likely subtags."""
    return str(get_global("likely_subtags").get(asked) or asked.replace("-", "_"))


def tag_of(language: str) -> str:
    """A language as HTML names it (BCP 47): `zh-Hans`."""
    return language.replace("_", "-")


def remember(response: BaseResponse, language: str) -> BaseResponse:
    """Keep a choice in this browser for a year; it says nothing else of who reads."""
    response.set_cookie(
        _cookie(),
        language,
        max_age=_YEAR,
        path="/",
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )
    return response
