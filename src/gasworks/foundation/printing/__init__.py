"""Papers: a registered form, plain values, a size in millimetres → PDF, or the same sheet in the browser's print."""

from gasworks.foundation.printing.many import print_many
from gasworks.foundation.printing.papers import (
    BillFee,
    BillLine,
    BillPaper,
    BillReading,
    MonthUse,
    ReceiptLine,
    ReceiptPaper,
    TierLeft,
)
from gasworks.foundation.printing.registry import A4, A5, CONTINUOUS, PageSize, Paper, find_paper, register_paper
from gasworks.foundation.printing.render import pdf_response, print_page, render_pdf

__all__ = [
    "A4",
    "A5",
    "CONTINUOUS",
    "BillFee",
    "BillLine",
    "BillPaper",
    "BillReading",
    "MonthUse",
    "PageSize",
    "Paper",
    "ReceiptLine",
    "ReceiptPaper",
    "TierLeft",
    "find_paper",
    "pdf_response",
    "print_many",
    "print_page",
    "register_paper",
    "render_pdf",
]
