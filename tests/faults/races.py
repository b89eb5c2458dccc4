"""Many sessions at one barrier: each act runs in its own thread with its own connection."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connections

Act = Callable[[], Any]


class Runners:
    """Threads that live through a test, so that hundreds of races do not open thousands of connections."""

    def __init__(self, count: int) -> None:
        self._acts: list[Act | None] = [None] * count
        self._results: list[Any] = [None] * count
        self._start = threading.Barrier(count + 1)
        self._done = threading.Barrier(count + 1)
        self._stop = False
        self._threads = [threading.Thread(target=self._run, args=(place,), daemon=True) for place in range(count)]
        for thread in self._threads:
            thread.start()

    def race(self, acts: Sequence[Act]) -> list[Any]:
        """Let all acts go at once; returns their results in order, an exception as a value."""
        self._acts = [*acts, *([None] * (len(self._threads) - len(acts)))]
        self._start.wait()
        self._done.wait(timeout=120)
        return self._results[: len(acts)]

    def stop(self) -> None:
        self._stop = True
        self._start.wait()
        for thread in self._threads:
            thread.join(timeout=30)

    def _run(self, place: int) -> None:
        while True:
            self._start.wait()
            if self._stop:
                connections.close_all()
                return
            act = self._acts[place]
            try:
                self._results[place] = act() if act is not None else None
            except Exception as error:  # the race's outcome is what the test looks at
                self._results[place] = error
            self._done.wait(timeout=120)
