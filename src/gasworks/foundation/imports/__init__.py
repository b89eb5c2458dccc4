"""Tables on their way in: template, upload, check, preview, save whole or the good rows, reject file.

A domain registers an ``Importer``; the files, the screens and the steps are done here. See ``README.md`` there.
"""

from gasworks.foundation.imports.cells import Problem
from gasworks.foundation.imports.registry import find_importer, register_importer, registered_importers
from gasworks.foundation.imports.services import refuse_batch, save_batch, upload
from gasworks.foundation.imports.spec import ImportColumn, Importer, ParsedRow

__all__ = [
    "ImportColumn",
    "Importer",
    "ParsedRow",
    "Problem",
    "find_importer",
    "refuse_batch",
    "register_importer",
    "registered_importers",
    "save_batch",
    "upload",
]
