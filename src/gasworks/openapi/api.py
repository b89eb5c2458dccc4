"""The JSON API (OpenAPI 3.1): tokens with permissions, idempotency keys, problem+json."""

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from gasworks.openapi import problems
from gasworks.openapi.routes import router


class GasworksAPI(NinjaAPI):
    """Its description says what the answers are: every refusal is problem+json."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**options)
        for path in schema["paths"].values():
            for operation in path.values():
                for status, answer in operation["responses"].items():
                    if int(status) >= 400:
                        answer["content"] = {problems.MEDIA_TYPE: answer["content"].pop("application/json")}
        return schema


api = GasworksAPI(
    title="Gasworks",
    version="1",
    description="Money is whole fen, gas whole litres, prices 0.0001 yuan per m³: digits only, 500 and never 500.0.",
    urls_namespace="api",
    docs_url=None,
)
api.add_router("v1/", router)
problems.register(api)
