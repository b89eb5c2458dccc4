"""The counter's index: owners of keys register them here, and one index serves every kind."""

from collections.abc import Iterable, Sequence

from django.db import connection

from gasworks.customers.models import AddressGrams, SearchKey, SupplyPoint
from gasworks.customers.search_text import grams, phone_keys, spelled
from gasworks.customers.types import KeyKind
from gasworks.foundation.bulk import copy_rows
from gasworks.foundation.scope import Scope
from gasworks.kernel.errors import NotThere


def set_search_keys(*, scope: Scope, supply_point_id: int, kind: int, keys: Iterable[str]) -> None:
    """Make ``keys`` the keys of this kind for one supply point. Call inside the owner's transaction."""
    if not SupplyPoint.objects.filter(pk=supply_point_id, company_id=scope.company_id).exists():
        raise NotThere(key=supply_point_id)
    write_keys(scope.company_id, supply_point_id, kind, keys)


def write_keys(company_id: int, supply_point_id: int, kind: int, keys: Iterable[str]) -> None:
    """The same for a supply point that the caller holds already."""
    wanted = {spelled(key)[:80] for key in keys} - {""}
    mine = SearchKey.objects.filter(company_id=company_id, supply_point_id=supply_point_id, kind=kind)
    present = set(mine.values_list("key", flat=True))
    if present - wanted:
        mine.filter(key__in=present - wanted).delete()
    SearchKey.objects.bulk_create(
        SearchKey(company_id=company_id, supply_point_id=supply_point_id, kind=kind, key=key)
        for key in sorted(wanted - present)
    )


def add_search_keys(*, scope: Scope, kind: int, pairs: Sequence[tuple[int, str]]) -> int:
    """Add one key each to many supply points, by COPY. The pairs are new: a key that is there already is an error."""
    company = scope.company_id
    return copy_rows(
        SearchKey,
        ("company", "kind", "key", "supply_point"),
        ((company, int(kind), spelled(key)[:80], point) for point, key in pairs if key),
    )


def holder_keys(company_id: int, supply_point_id: int, name: str, phone: str) -> None:
    """Name, phone and last four of whoever holds the supply point now."""
    phones = phone_keys(phone)
    write_keys(company_id, supply_point_id, KeyKind.NAME, [name])
    write_keys(company_id, supply_point_id, KeyKind.PHONE, phones)
    write_keys(company_id, supply_point_id, KeyKind.PHONE_TAIL, [p[-4:] for p in phones])


def address_keys(company_id: int, supply_point_id: int, address: str) -> None:
    AddressGrams.objects.update_or_create(
        company_id=company_id, supply_point_id=supply_point_id, defaults={"grams": grams(address)}
    )


def forget_holder(company_id: int, customer_id: int) -> None:
    """Take the keys of a person out of the index wherever they hold or held a supply point."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM customers_searchkey k
            USING customers_agreement a
            WHERE a.company_id = %(company)s AND a.customer_id = %(customer)s
              AND k.company_id = a.company_id AND k.supply_point_id = a.supply_point_id
              AND k.kind = ANY(%(kinds)s)
              AND NOT EXISTS (
                SELECT FROM customers_agreement other
                WHERE other.supply_point_id = a.supply_point_id AND other.to_on IS NULL
                  AND other.customer_id <> a.customer_id)
            """,
            {
                "company": company_id,
                "customer": customer_id,
                "kinds": [int(KeyKind.NAME), int(KeyKind.PHONE), int(KeyKind.PHONE_TAIL)],
            },
        )
