"""Registry: named implementations found by decorator, by package scan and by entry point."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from importlib.metadata import entry_points
from typing import Generic, TypeVar

from dag_factory.errors import DagFactoryError

T = TypeVar("T")


class UnknownNameError(DagFactoryError):
    """Nothing is registered under a name; the message lists what is, and the nearest name."""


class Registry(Generic[T]):
    """A mapping of names to implementations that fills itself on first use.

    :param what: the concept in words, for messages (``"node type"``).
    :param package: dotted name of the package whose modules register the built-in ones.
    :param entry_point_group: entry-point group through which other distributions add theirs.
    """

    def __init__(self, what: str, *, package: str, entry_point_group: str | None = None) -> None:
        self._what = what
        self._package = package
        self._entry_point_group = entry_point_group
        self._items: dict[str, T] = {}
        self._is_loaded = False

    def register(self, name: str) -> Callable[[T], T]:
        """Return a decorator that registers what it decorates under ``name``.

        :raises DagFactoryError: another implementation has that name already.
        """

        def decorate(item: T) -> T:
            if self._items.get(name, item) is not item:
                raise DagFactoryError(
                    f"two implementations of the {self._what} {name!r}: {self._items[name]!r}, {item!r}"
                )
            self._items[name] = item
            return item

        return decorate

    def __getitem__(self, name: str) -> T:
        """Return the implementation called ``name``.

        :raises UnknownNameError: there is none.
        """
        self._load()
        try:
            return self._items[name]
        except KeyError:
            near = get_close_matches(name, self._items, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            known = ", ".join(sorted(self._items))
            raise UnknownNameError(f"unknown {self._what} {name!r}{hint} (known: {known})") from None

    def __contains__(self, name: object) -> bool:
        self._load()
        return name in self._items

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names, sorted."""
        self._load()
        return iter(sorted(self._items))

    def _load(self) -> None:
        if self._is_loaded:
            return
        self._is_loaded = True
        package = importlib.import_module(self._package)
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{self._package}.{module.name}")
        if self._entry_point_group:
            for entry_point in entry_points(group=self._entry_point_group):
                self.register(entry_point.name)(entry_point.load())
