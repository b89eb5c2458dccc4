"""One JSON object a line, Chinese as it is, to the standard error of each process."""

from typing import Any

import structlog
from django_structlog.signals import bind_extra_request_finished_metadata

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure() -> None:
    bind_extra_request_finished_metadata.connect(_add_address, dispatch_uid="gasworks.logs.address")
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _add_address(request: Any, log_kwargs: dict[str, Any], **_more: Any) -> None:
    """The address as the server in front tells it; the library would look through a dozen headers for it."""
    log_kwargs["ip"] = request.META.get("REMOTE_ADDR", "")


def django_logging(*, quiet: bool) -> dict[str, Any]:
    level = "ERROR" if quiet else "INFO"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
                ],
                "foreign_pre_chain": _SHARED,
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"level": level, "handlers": ["stderr"], "propagate": False},
            "django.request": {"level": "ERROR"},
            "django_structlog": {"level": level},
            # A server error line per refused log-in is noise: axes writes each one to its own table.
            "axes": {"level": "ERROR"},
            "procrastinate": {"level": "WARNING"},
            "fontTools": {"level": "ERROR"},
            "weasyprint": {"level": "ERROR"},
        },
    }
