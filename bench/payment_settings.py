"""The product's own site with one more address, the twin's. Pages name their static files without a manifest."""

from gasworks.project.settings import *  # noqa: F403
from gasworks.project.settings import STORAGES

ROOT_URLCONF = "bench.payment_urls"
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
