"""The texts about forms: why one can't be sent, and the outcome of one that was."""

from __future__ import annotations

from gazelled.text import capitalized, sentence

NEEDS_LOG_IN = (
    "the site's forms take no token: that needs a log-in with user name and password, or the "
    "cookies of a browser"
)
NO_KEY = "index shows no authkey to this log-in, and the site's forms need it"


def already(now: str) -> str:
    """Return the sentence for a change that is in effect already."""
    return f"{capitalized(now)} already; nothing was sent."


def done(now: str, trouble: str = "") -> str:
    """Return the sentence for a change in effect, also after an answer with trouble."""
    if not trouble:
        return f"{capitalized(now)}."
    return f"{capitalized(now)}, as was read afterwards, although {trouble}."


def refused(words: str, now: str) -> str:
    """Return the sentence for the site's refusal."""
    says = f" and says: {sentence(words)}" if words else "."
    return f"The site refuses it{says} {capitalized(now)}."


def unknown(trouble: str, now: str) -> str:
    """Return the sentence for a change that was sent and is not in effect."""
    return (
        f"It was sent, but {trouble}. Now {now}; that may still change, so check before you "
        "repeat it."
    )


def unread(trouble: str, problem: str) -> str:
    """Return the sentence for a change that was sent and can't be read back."""
    return (
        f"It was sent, {trouble}, and how it is now could not be read: {problem.rstrip('.')}. "
        "Check before you repeat it."
    )


def not_allowed(what: str, name: str, plugin: str = "") -> str:
    """Return why a kind of change is refused, to a plugin or else, and how to allow it."""
    if plugin:
        return f'{what} is off for this plugin: set allow = ["{name}"] in [plugin.{plugin}]'
    return (
        f'{what} is off: set allow = ["{name}"] in [tracker] of the config, or pass '
        f'allow={{"{name}"}} to connect'
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
