"""What can go wrong, by what to do about it."""

from __future__ import annotations


class QueristError(Exception):
    """Everything that this package raises about a server."""


class Refused(QueristError):
    """The server refused a request. ``code`` is for programs, ``hint`` says what to do."""

    def __init__(self, status: int, code: str, message: str, hint: str) -> None:
        super().__init__(f"{message} {hint}".strip())
        self.status = status
        self.code = code
        self.message = message
        self.hint = hint


class Failed(QueristError):
    """Work in the background failed; the message says why."""


class NotYet(QueristError):
    """What was waited for has not happened in time."""
