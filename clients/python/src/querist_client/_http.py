"""Requests: the token, errors as exceptions, patience with a busy server, downloads that are checked."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from ._errors import Refused

#: A waiting call is answered within 30 seconds.
_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
#: How often a request is sent again while the server is busy.
_TRIES = 5


class Http:
    """A connection to one server."""

    def __init__(self, url: str, token: str) -> None:
        self._client = httpx.Client(
            base_url=url.rstrip("/"), timeout=_TIMEOUT, headers={"authorization": f"Bearer {token}"}
        )

    def close(self) -> None:
        self._client.close()

    def get(self, path: str, **query: object) -> Any:
        return self.call("GET", path, query=query)

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        query: Mapping[str, object] | None = None,
        files: Any = None,
        data: Mapping[str, str] | None = None,
    ) -> Any:
        """Send a request; its answer as plain values, or None where there is none.

        A busy server is asked again after the time that it names. Files are sent once: what was read of them is gone.
        """
        params: Any = {name: value for name, value in (query or {}).items() if value is not None}
        for left in reversed(range(1 if files else _TRIES)):
            response = self._client.request(
                method, path, json=body, params=params, files=files, data=data, timeout=None if files else _TIMEOUT
            )
            if response.status_code == 503 and left and (wait := _seconds(response)) is not None:
                time.sleep(wait)
                continue
            break
        _check(response)
        return response.json() if response.content else None

    def bytes(self, path: str, **query: object) -> bytes:
        response = self._client.get(path, params={k: str(v) for k, v in query.items()})
        _check(response)
        return response.content

    @contextmanager
    def stream(self, path: str, **query: str) -> Iterator[httpx.Response]:
        with self._client.stream("GET", path, params=query) as response:
            if response.is_error:
                response.read()
            _check(response)
            yield response

    def download(self, path: str, to: Path, **query: str) -> Path:
        """Write a file whole or not at all."""
        part = to.with_name(to.name + ".part")
        try:
            with self.stream(path, **query) as response, part.open("wb") as out:
                for piece in response.iter_bytes():
                    out.write(piece)
            return part.replace(to)
        finally:
            part.unlink(missing_ok=True)


def _seconds(response: httpx.Response) -> float | None:
    try:
        return min(float(response.headers["retry-after"]), 30.0)
    except (KeyError, ValueError):
        return None


def _check(response: httpx.Response) -> None:
    if response.is_success:
        return
    try:
        error = response.json()["error"]
        raise Refused(response.status_code, error["code"], error["message"], error["hint"])
    except (ValueError, KeyError, TypeError):
        raise Refused(response.status_code, "unknown", f"the server answered {response.status_code}", "") from None
