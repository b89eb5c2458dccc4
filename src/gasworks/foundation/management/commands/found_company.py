"""The first act of a new installation: a company, its head office, and the person who hands out rights."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from gasworks.foundation import organisation, parameters, staff
from gasworks.foundation.login import DUTIES, SECOND_STEP
from gasworks.foundation.scope import Scope


class Command(BaseCommand):
    help = "Found a company with its head office and its first security administrator; prints the log-in once."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--name", required=True)
        parser.add_argument("--code", required=True)
        parser.add_argument("--group", required=True, help="the group's name; made if it is new")
        parser.add_argument("--head-office", default="总部")
        parser.add_argument("--admin", required=True, help="log-in name of the first security administrator")
        parser.add_argument("--admin-name", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        today = timezone.localdate(now)
        company = organisation.found_company(
            scope=Scope.system("set-up", company_id=0),
            name=options["name"],
            code=options["code"],
            group_name=options["group"],
            head_office_name=options["head_office"],
            now=now,
        )
        scope = Scope.system("set-up", company_id=company.id)
        head_office = organisation.head_office(scope=scope)
        person, password = staff.create_staff(
            scope=scope, username=options["admin"], full_name=options["admin_name"], home_id=head_office.id, now=now
        )
        staff.grant_role(scope=scope, staff_id=person.id, role="secadmin", unit_id=company.id, now=now)
        parameters.change(
            scope=scope, code=SECOND_STEP, value=sorted(DUTIES), from_on=today, seen=0, today=today, now=now
        )
        self.stdout.write(f"{company.name}: {person.username} / {password}")
