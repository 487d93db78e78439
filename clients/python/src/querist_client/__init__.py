"""Label with a Querist server from Python.

``connect(url, token)`` leads to projects, and a project to everything else.
"""

from ._errors import Failed, NotYet, QueristError, Refused
from ._model import Model
from ._project import ImportReport, Project, Question
from ._server import Server, connect

__version__ = "0.1.0"
__all__ = ["Failed", "ImportReport", "Model", "NotYet", "Project", "Question", "QueristError", "Refused", "Server", "connect"]
