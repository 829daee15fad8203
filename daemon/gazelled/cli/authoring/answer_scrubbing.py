"""Scrubbing of a recorded answer: people, addresses and keys go, all else stays as it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from gazelled.model import Params

_WORD_ENDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PEOPLE = r"(?:[a-z]{1,20}_){0,3}(?:user|author|poster|sender|requestor|requester|filler|creator"
_PEOPLE += r"|inviter|uploader|owner|editor|friend|forwarded)"
_NAME_KEY = re.compile(rf"{_PEOPLE}_?name|uploader|requester|requestor|poster|sender|editor")
_ID_KEY = re.compile(rf"{_PEOPLE}_?(?:id|number)")
_USER_PARAMS = {"userid", "requestor", "friend"}
_NO_PERSON = {"", "system", "anonymous", "null", "unknown", "0"}
_IN_TEXT = 3
"""The fewest characters of a name that is looked for in texts; a shorter one may be any word."""

_NAME = re.compile(r"[\w-]+(?:\.[\w-]+)*")
_QUOTED = re.compile(r"(?<=\[quote=)[\w.-]{1,40}|(?<=\[user\])[\w.-]{1,40}", re.IGNORECASE)
_PROFILE = re.compile(r"(?<=user\.php\?id=)\d{1,18}")
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\w)")
_IPV6 = re.compile(r"(?<![\w:])(?=[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:]{7,39}(?![\w:])")
_KEY = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z]{32}(?![0-9A-Za-z])")
"""What has the form of a passkey. An infohash is longer."""


class AnswerScrubber:
    """
    Takes people, addresses and keys out of one answer and the parameters of its call.

    The same person is the same stand-in everywhere in the answer: `user1`, and the number 1.

    Attributes:
        replaced: How many values of each sort were replaced.

    """

    def __init__(self) -> None:
        self.replaced: Counter[str] = Counter()
        self._names: dict[str, str] = {}
        self._ids: dict[int, int] = {}

    def scrub(self, payload: object) -> object:
        """Return the answer without them; the types of its values stay."""
        self._collect(payload)
        return self._clean(payload)

    def scrub_params(self, action: str, params: Params) -> Params:
        """Return the parameters of the answer's call without them."""
        return tuple((name, self._param(action, name, value)) for name, value in params)

    def _param(self, action: str, name: str, value: str) -> str:
        is_user = name in _USER_PARAMS or (action, name) == ("user", "id")
        return str(self._id(int(value))) if is_user and value.isdecimal() else self._text(value)

    def _collect(self, value: object) -> None:
        """Learn all names first, since a text may come before the field that names its author."""
        if isinstance(value, str):
            for match in _QUOTED.finditer(value):
                self._name(match[0])
        elif isinstance(value, list):
            for inner in value:
                self._collect(inner)
        elif isinstance(value, dict):
            for key, inner in value.items():
                if isinstance(inner, str) and _names_somebody(key, value):
                    self._name(inner)
                self._collect(inner)

    def _clean(self, value: object) -> object:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, list):
            return [self._clean(inner) for inner in value]
        if isinstance(value, dict):
            return {key: self._field(key, inner, value) for key, inner in value.items()}
        return value

    def _field(self, key: str, value: object, entry: Mapping[str, object]) -> object:
        snake_case = _snake_case(key)
        if snake_case == "avatar" and isinstance(value, str) and value:
            self.replaced["avatar"] += 1
            return ""
        if isinstance(value, str) and _names_somebody(key, entry):
            self.replaced["user name"] += value.casefold() not in _NO_PERSON
            return self._name(value)
        is_id = _ID_KEY.fullmatch(snake_case) or (key == "id" and "username" in entry)
        if is_id and isinstance(value, int) and not isinstance(value, bool):
            return self._id(value)
        if is_id and isinstance(value, str) and value.isdecimal():
            return str(self._id(int(value)))
        return self._clean(value)

    def _name(self, name: str) -> str:
        small = name.strip().casefold()
        if small in _NO_PERSON:
            return name
        return self._names.setdefault(small, f"user{len(self._names) + 1}")

    def _id(self, number: int) -> int:
        return self._ids.setdefault(number, len(self._ids) + 1) if number > 0 else number

    def _text(self, text: str) -> str:
        text = self._replace(_MAIL, text, "mail address", lambda _: "somebody@example.org")
        text = self._replace(_KEY, text, "key", lambda _: "0" * 32)
        text = self._replace(_IPV4, text, "IP address", _other_ipv4)
        text = self._replace(_IPV6, text, "IP address", _other_ipv6)
        text = self._replace(_NAME, text, "user name", self._known)
        return _PROFILE.sub(lambda match: str(self._id(int(match[0]))), text)

    def _known(self, name: str) -> str:
        """Return what stands for a name that was found in a field; any other word stays."""
        return name if len(name) < _IN_TEXT else self._names.get(name.casefold(), name)

    def _replace(
        self, pattern: re.Pattern[str], text: str, sort: str, instead: Callable[[str], str]
    ) -> str:
        def replace(match: re.Match[str]) -> str:
            stand_in = instead(match[0])
            self.replaced[sort] += stand_in != match[0]
            return stand_in

        return pattern.sub(replace, text)


def _snake_case(key: str) -> str:
    return _WORD_ENDS.sub("_", key).lower()


def _names_somebody(key: str, entry: Mapping[str, object]) -> bool:
    """Return whether a field holds the name of a user; the author of a data set is none."""
    if key == "author":
        return not any(name.casefold().startswith(("group", "torrent")) for name in entry)
    return _NAME_KEY.fullmatch(_snake_case(key)) is not None


def _other_ipv4(text: str) -> str:
    try:
        IPv4Address(text)
    except AddressValueError:
        return text
    return "192.0.2.1"  # an address for documentation, as is the next one


def _other_ipv6(text: str) -> str:
    try:
        IPv6Address(text)
    except AddressValueError:
        return text
    return "2001:db8::1"
