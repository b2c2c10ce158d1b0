"""CannotRunError: an element that lacks what it needs to run; the rest of the process can still be read and run."""

from __future__ import annotations

from dag_factory.errors import DagFactoryError


class CannotRunError(DagFactoryError):
    """Raised by the reader of an element, which then becomes a node that fails when a run gets there.

    :param code: of the diagnostic.
    :param problem: what is wrong, to follow the element's name.
    :param remedy: what to do.
    """

    def __init__(self, code: str, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.code = code
        self.problem = problem
        self.remedy = remedy
