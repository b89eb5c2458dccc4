"""Put the published tariffs of cities in force for a company: ``load_tariff_packs shanghai xian --company 2``."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from gasworks.foundation.models import OrgUnit
from gasworks.foundation.scope import Scope
from gasworks.tariffs.packs import pack_codes
from gasworks.tariffs.services import load_pack


class Command(BaseCommand):
    help = "Load published tariff packs into a company (all companies and all packs unless named)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("packs", nargs="*", metavar="PACK", help=", ".join(pack_codes()))
        parser.add_argument("--company", type=int, help="id of the company")

    def handle(self, *args: Any, **options: Any) -> None:
        unknown = sorted(set(options["packs"]) - set(pack_codes()))
        if unknown:
            raise CommandError(f"no such pack: {', '.join(unknown)}")
        companies = OrgUnit.objects.filter(kind=OrgUnit.Kind.COMPANY)
        if options["company"]:
            companies = companies.filter(pk=options["company"])
        if not companies:
            raise CommandError("no such company")
        for company in companies:
            self._load(company, options["packs"] or pack_codes())

    def _load(self, company: OrgUnit, packs: list[str]) -> None:
        scope = Scope.system("published tariff packs", company_id=company.id)
        for code in packs:
            loaded = load_pack(scope=scope, code=code, now=timezone.now())
            self.stdout.write(f"{company.name}: {code}, {len(loaded)} new versions in force")
