"""A server, and the projects on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from ._http import Http
from ._project import Project

if TYPE_CHECKING:
    from ._types import ListedProject, OwnAccount


def connect(url: str, token: str) -> Server:
    """Sign in with a token (``querist token new``, or the account page). Raises :class:`Refused` if it does not count."""
    server = Server(Http(url, token))
    server.account()
    return server


class Server:
    """A server as one account sees it."""

    def __init__(self, http: Http) -> None:
        self.http = http

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def account(self) -> OwnAccount:
        """Whom the token belongs to."""
        return cast("OwnAccount", self.http.get("/api/v1/account"))

    def projects(self) -> list[ListedProject]:
        """The projects that this account may see."""
        return cast("list[ListedProject]", self.http.get("/api/v1/projects")["projects"])

    def project(self, slug: str) -> Project:
        """A project that is there."""
        project = Project(self.http, slug)
        project.state()
        return project

    def create(
        self,
        slug: str,
        classes: Sequence[str] = (),
        *,
        name: str | None = None,
        task: str = "single",
        encoder: str | None = None,
        strategy: str | None = None,
        seed: int = 0,
    ) -> Project:
        """Make a project (admins of the server)."""
        wanted: dict[str, Any] = {"slug": slug, "classes": list(classes), "task": task, "seed": seed}
        wanted |= {k: v for k, v in {"name": name, "encoder": encoder, "strategy": strategy}.items() if v is not None}
        self.http.call("POST", "/api/v1/projects", wanted)
        return Project(self.http, slug)
