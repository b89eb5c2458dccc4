"""Every test runs on its own copy of a migrated database, as the role the product runs as. See tests/support."""

import os

# Before Django reads its settings: plain static files, a cheap password hash, quiet logs.
os.environ["GASWORKS_MODE"] = "test"
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright keeps an event loop in the test's thread
os.environ.pop("GASWORKS_DB_NAME", None)
os.environ["GASWORKS_DB_ROLE"] = "web"

pytest_plugins = ["tests.support.databases", "tests.support.sites", "tests.support.browsers"]
