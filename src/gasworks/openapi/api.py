"""The JSON API (OpenAPI 3.1): tokens with permissions, idempotency keys, problem+json."""

from ninja import NinjaAPI

from gasworks.openapi import problems
from gasworks.openapi.auth import Token
from gasworks.openapi.routes import router

api = NinjaAPI(
    title="Gasworks",
    version="1",
    description="Money is whole fen, gas whole litres, prices 0.0001 yuan per m³.",
    urls_namespace="api",
    auth=Token(),
    docs_url=None,
)
api.add_router("v1/", router)
problems.register(api)
