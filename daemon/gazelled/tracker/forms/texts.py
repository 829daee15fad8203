"""What gazelled says about forms: what it can't send, and what became of one."""

from __future__ import annotations

from gazelled.text import capitalized

NEEDS_LOG_IN = (
    "the site's forms take no token: that needs a log-in with user name and password, or the "
    "cookies of a browser"
)
NO_KEY = "index shows no authkey to this log-in, and the site's forms need it"


def already(now: str) -> str:
    """Return the sentence for what is so already."""
    return f"{capitalized(now)} already; nothing was sent."


def done(now: str, trouble: str = "") -> str:
    """Return the sentence for what is so now, whatever was wrong with the answer."""
    if not trouble:
        return f"{capitalized(now)}."
    return f"{capitalized(now)}, as reading it shows, although {trouble}."


def refused(words: str, now: str) -> str:
    """Return the sentence for the site's refusal."""
    return f"The site refuses it and says: {words}. {capitalized(now)}."


def unknown(trouble: str, now: str) -> str:
    """Return the sentence for what was sent and isn't so."""
    return (
        f"It was sent, but {trouble}. Now {now}; that may still change, so look again before you "
        "repeat it."
    )


def unread(trouble: str, problem: str) -> str:
    """Return the sentence for what was sent and can't be read back."""
    return (
        f"It was sent, {trouble}, and how it is now could not be read: {problem.rstrip('.')}. Look "
        "before you repeat it."
    )


def not_allowed(what: str, name: str) -> str:
    """Return what to do to let gazelled change something."""
    return (
        f'{what} is off: write allow = ["{name}"] into [tracker] of the config, or pass '
        f'allow={{"{name}"}} to connect, to let gazelled do it'
    )


SEALED = (
    "the site shows messages as [Encrypted] until its operators have entered a key, and would "
    "store an empty one; nothing was sent"
)


def nobody(number: int) -> str:
    """Return why a conversation can't be answered."""
    return f"nobody takes part in conversation {number} who could be answered: the system wrote it"


NOTHING_TO_END = (
    "a token has no session to end: delete the token in your profile at the site if nobody is to "
    "use it any more"
)
