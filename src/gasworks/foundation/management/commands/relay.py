"""``manage.py relay``: the process that carries facts to their subscribers. Start as many as you like; one works."""

import signal
import time
from argparse import ArgumentParser
from types import FrameType
from typing import Any

import structlog
from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from gasworks.foundation.relay import POLL_SECONDS, Relay, take_lock

log = structlog.get_logger(__name__)

STANDBY_SECONDS = 2.0
RECONNECT_SECONDS = 1.0


class Command(BaseCommand):
    help = "Carry committed facts to their subscribers, each once and in order."
    stopping = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="deliver what is there and stop")

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        while not self.stopping:
            try:
                self._work(once=options["once"])
            except (OperationalError, InterfaceError) as error:
                log.warning("relay_lost_database", error=str(error))
                connection.close()
                time.sleep(RECONNECT_SECONDS)
            if options["once"]:
                return

    def _work(self, *, once: bool) -> None:
        """Hold the lock as long as the database session lives; both end together."""
        while not take_lock():
            if self.stopping:
                return
            time.sleep(STANDBY_SECONDS)
        log.info("relay_works")
        relay = Relay(clock=timezone.now)
        while not self.stopping:
            quiet = relay.run_until_quiet() == 0
            if once:
                return
            if quiet:
                time.sleep(POLL_SECONDS)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True
