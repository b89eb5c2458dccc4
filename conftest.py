"""Every test runs on its own copy of a migrated database, as the role the product runs as. See tests/support."""

import os

import hypothesis

# Before Django reads its settings: plain static files, a cheap password hash, quiet logs.
os.environ["GASWORKS_MODE"] = "test"
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright keeps an event loop in the test's thread
os.environ.pop("GASWORKS_DB_NAME", None)
os.environ["GASWORKS_DB_ROLE"] = "web"

pytest_plugins = ["tests.support.databases", "tests.support.sites", "tests.support.servers", "tests.support.browsers"]

# A busy machine is slow, not wrong: no deadline. The same examples each time, so that a red run can be run again;
# ./run test --full draws new ones.
hypothesis.settings.register_profile(
    "steady",
    deadline=None,
    derandomize=os.environ.get("GASWORKS_FULL") != "1",
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("steady")
