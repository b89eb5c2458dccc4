from django.urls import path

from gasworks.payments.web import counter, drawer, papers, records

app_name = "payments"

urlpatterns = [
    path("", records.payment_list, name="list"),
    path("counter/", counter.counter, name="counter"),
    path("counter/preview/", counter.preview, name="preview"),
    path("counter/take/", counter.take, name="take"),
    path("counter/done/", counter.done, name="done"),
    path("<int:payment_id>/", records.payment, name="payment"),
    path("<int:payment_id>/reverse/", records.reverse_one, name="reverse"),
    path("of/<int:supply_point_id>/", records.of_point, name="of_point"),
    path("shifts/", drawer.shift_list, name="shifts"),
    path("shift/", drawer.shift, name="shift"),
    path("shift/open/", drawer.open_one, name="open_shift"),
    path("shift/close/", drawer.close, name="close_shift"),
    path("shift/bank/", drawer.bank, name="bank"),
    path("shifts/<int:shift_id>/", drawer.report, name="shift_report"),
    path("day-end/", drawer.day_end, name="day_end"),
    path("receipts/print/", papers.print_one, name="print_receipt"),
    path("receipts/<int:sheet_id>/", papers.sheet, name="sheet"),
    path("receipts/<int:sheet_id>/pdf/", papers.sheet_pdf, name="sheet_pdf"),
    path("receipts/<int:sheet_id>/spoil/", papers.spoil, name="spoil"),
]
