"""A real object for every address with arguments: the walk's samples of each domain, made in the demo city."""

from functools import cache

from gasworks.demo.company import demo_company
from gasworks.foundation.models import OrgUnit
from gasworks.foundation.testing.factories import Company
from gasworks.foundation.testing.walk import Samples, samples_of


@cache
def real_objects() -> Samples:
    company = demo_company()
    assert company is not None
    units = OrgUnit.objects.in_bulk([company.id, company.head_office_id, *company.branch_ids, *company.outlet_ids])
    city = Company(
        unit=units[company.id],
        head_office=units[company.head_office_id],
        branch=units[company.branch_ids[0]],
        other_branch=units[company.branch_ids[1]],
        outlet=units[company.outlet_ids[0]],
        other_outlet=units[company.outlet_ids[2]],
    )
    return samples_of(city)
