"""Addresses of billing."""

from django.urls import path

from gasworks.billing.web import bills, cycles, held, runs

app_name = "billing"

urlpatterns = [
    path("", bills.bill_list, name="list"),
    path("bills/<int:bill_id>/", bills.bill, name="bill"),
    path("bills/<int:bill_id>/pdf/", bills.bill_pdf, name="bill_pdf"),
    path("bills/<int:bill_id>/print/", bills.bill_print, name="bill_print"),
    path("bills/<int:bill_id>/cancel/", bills.bill_cancel, name="bill_cancel"),
    path("runs/", runs.run_list, name="runs"),
    path("runs/new/", runs.run_new, name="run_new"),
    path("runs/preview/<uuid:public_id>/", runs.preview, name="preview"),
    path("runs/preview/<uuid:public_id>/figures/", runs.preview_figures, name="preview_figures"),
    path("runs/<int:run_id>/", runs.run, name="run"),
    path("runs/<int:run_id>/figures/", runs.run_figures, name="run_figures"),
    path("runs/<int:run_id>/stop/", runs.run_stop, name="run_stop"),
    path("cycles/<int:book_id>/", cycles.cycle, name="cycle"),
    path("held/", held.held, name="held"),
    path("held/release/", held.release, name="held_release"),
    path("held/discard/", held.discard, name="held_discard"),
]
