"""Errors as pages: what happened and what helps, in the reader's language. They need neither database nor session."""

from fastapi import Request, Response
from fastapi.responses import PlainTextResponse

from hub.texts import choose_locale, msgid, translator
from hub.web.pages.page import LANGUAGE_COOKIE, bare_page
from hub.web.pages.queued import is_queued, refused
from hub.web.services import Services

__all__ = ["error_page"]

_WORDS = {
    401: (msgid("Please sign in"), msgid("This page is for people who are signed in.")),
    403: (msgid("This is not for you"), msgid("You may not see or do this. If you should, please ask the city staff.")),
    404: (msgid("There is no such page"), msgid("Perhaps it was moved, or the address was mistyped.")),
    405: (msgid("This does not work this way"), msgid("Please go back and use the buttons of the page.")),
    409: (msgid("This does not fit any more"), msgid("Somebody was faster, perhaps. Please go back and look again.")),
    410: (
        msgid("This link works no longer"),
        msgid("It is too old, or was copied incompletely. Please sign in instead."),
    ),
    413: (msgid("This is too much at once"), msgid("Please send less.")),
    422: (msgid("This could not be used"), msgid("Please go back and check what you typed.")),
    429: (msgid("A moment, please"), msgid("There were too many tries. Please wait some minutes.")),
    503: (msgid("Just now it does not work"), msgid("Please try again in a minute. Nothing that was saved is lost.")),
}
_DEFECT = (
    msgid("Something went wrong on our side"),
    msgid("It has been noted. Please try again; if it stays so, please tell the city staff."),
)


def error_page(request: Request, status: int, message: str) -> Response:
    """An error of a page as a page. `message` says more, and is shown where it is translated."""
    heading, advice = _WORDS.get(status, _DEFECT if status >= 500 else _WORDS[422])
    services: Services | None = getattr(request.app.state, "services", None)
    if services is None:
        return PlainTextResponse(message, status)
    locale = choose_locale(request.cookies.get(LANGUAGE_COOKIE))
    translate = translator(locale)
    told = translate(message)
    detail = told if locale != "en" and told != message else message if locale == "en" and status in (409, 422) else ""
    if is_queued(request):
        return refused(request, status, [told if locale != "en" else message, translate(advice)])
    return bare_page(
        request,
        services,
        "error.html",
        status,
        heading=translate(heading),
        advice=translate(advice),
        detail=detail,
        code=status,
    )
