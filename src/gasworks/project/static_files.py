"""Static files with hashed names, compressed with gzip.

Brotli comes with WeasyPrint's fonts; at its highest level it took collectstatic from 5 to 60 seconds for a tenth less.
"""

from typing import Any

from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedFiles(CompressedManifestStaticFilesStorage):
    manifest_strict = False

    def create_compressor(self, **kwargs: Any) -> Compressor:
        return Compressor(**{**kwargs, "use_brotli": False})
