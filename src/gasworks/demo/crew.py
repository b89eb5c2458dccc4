"""Several processes that live the same months side by side, each with its own share of the city.

What touches the whole company is done by the first alone, while the others wait. A small city needs no others.
"""

from collections.abc import Callable, Sequence
from multiprocessing import get_context
from types import TracebackType
from typing import Any, Concatenate, Final, ParamSpec, Self, TypeVar, cast

from django.db import connections

from gasworks.demo.partner import live
from gasworks.demo.share import Share

LARGE: Final = 50_000
"""Supply points from which further processes are worth their start."""
_WHERE: Final = ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")

P = ParamSpec("P")
T = TypeVar("T")


class PartnerFailed(RuntimeError):
    """Another process of the crew ended with an error, told in its own words."""


class Crew:
    """The first share is this process's own; each further one has a process until the crew goes home."""

    def __init__(self, shares: Sequence[Share]) -> None:
        self._own = shares[0]
        self._partners = [_Partner(share) for share in shares[1:]]

    def each(self, step: Callable[Concatenate[Share, P], T], *args: P.args, **kwargs: P.kwargs) -> list[T]:
        """Let every process take the step with its own share, and wait for all of them."""
        for partner in self._partners:
            partner.begin(step, args, kwargs)
        own = step(self._own, *args, **kwargs)
        return [own, *(cast(T, partner.answer()) for partner in self._partners)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for partner in self._partners:
            partner.go_home()


class _Partner:
    def __init__(self, share: Share) -> None:
        context = get_context("spawn")
        self._line, theirs = context.Pipe()
        self._process = context.Process(target=live, args=(theirs, _database()), daemon=True)
        self._process.start()
        theirs.close()
        self._line.send(share)

    def begin(self, *task: Any) -> None:
        self._line.send(task)

    def answer(self) -> Any:
        try:
            done, failed = self._line.recv()
        except EOFError:
            raise PartnerFailed("it was ended from outside") from None
        if failed:
            raise PartnerFailed(failed)
        return done

    def go_home(self) -> None:
        """Whatever it still does is undone: an open transaction is rolled back."""
        self._process.terminate()
        self._process.join()


def _database() -> dict[str, Any]:
    settings = connections["default"].settings_dict
    return {name: settings[name] for name in _WHERE}
