"""The product's own site with one more address: the twin's."""

from gasworks.project.settings import *  # noqa: F403

ROOT_URLCONF = "bench.payment_urls"
