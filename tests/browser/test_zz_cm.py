import pytest

from tests.browser.test_walk import *  # noqa
from tests.browser.test_walk import look, pages, role_for

pytestmark = pytest.mark.browser
for _n in [n for n in dir() if n.startswith("test_")]:
    del globals()[_n]


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_mine(sign_in, in_city, language, size):
    known, data = real_objects(), shots.data_text()
    people, wrong = {}, []
    for route in pages():
        if not route.name.startswith(("customers:", "metering:")):
            continue
        if route.takes != set(known.get(route.name, {})):
            print("NO OBJECT", route.name)
            continue
        role = role_for(route)
        if role not in people:
            people[role] = sign_in(role, language, size, bypass_csp=True)
        wrong += look(people[role], route.url(known), route.name, language, data, deep=True)
    print("\n".join(w[:300] for w in wrong))
    assert not wrong
