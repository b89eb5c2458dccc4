"""Addresses of billing."""

from django.urls import path

from gasworks.billing.web import back_bills, bills, cycles, held, points, rebills, reliefs, reports, rules, runs

app_name = "billing"

urlpatterns = [
    path("", bills.bill_list, name="list"),
    path("bills/<int:bill_id>/", bills.bill, name="bill"),
    path("bills/<int:bill_id>/pdf/", bills.bill_pdf, name="bill_pdf"),
    path("bills/<int:bill_id>/print/", bills.bill_print, name="bill_print"),
    path("bills/<int:bill_id>/cancel/", bills.bill_cancel, name="bill_cancel"),
    path("points/<int:supply_point_id>/", points.of_point, name="of_point"),
    path("points/<int:supply_point_id>/glance/", points.glance, name="glance"),
    path("runs/", runs.run_list, name="runs"),
    path("runs/new/", runs.run_new, name="run_new"),
    path("runs/preview/<uuid:public_id>/", runs.preview, name="preview"),
    path("runs/preview/<uuid:public_id>/figures/", runs.preview_figures, name="preview_figures"),
    path("runs/<int:run_id>/", runs.run, name="run"),
    path("runs/<int:run_id>/figures/", runs.run_figures, name="run_figures"),
    path("runs/<int:run_id>/stop/", runs.run_stop, name="run_stop"),
    path("relief/<int:supply_point_id>/", reliefs.relief, name="relief"),
    path("relief/<int:supply_point_id>/drop/", reliefs.drop, name="relief_drop"),
    path("cycles/<int:book_id>/", cycles.cycle, name="cycle"),
    path("rebills/", rebills.rebill_list, name="rebills"),
    path("rebills/new/", rebills.rebill_new, name="rebill_new"),
    path("rebills/<int:rebill_id>/", rebills.rebill, name="rebill"),
    path("rebills/<int:rebill_id>/figures/", rebills.rebill_figures, name="rebill_figures"),
    path("rebills/<int:rebill_id>/evidence/", rebills.rebill_evidence, name="rebill_evidence"),
    path("rebills/<int:rebill_id>/start/", rebills.rebill_start, name="rebill_start"),
    path("rebills/<int:rebill_id>/ask/", rebills.rebill_ask, name="rebill_ask"),
    path("rebills/<int:rebill_id>/drop/", rebills.rebill_drop, name="rebill_drop"),
    path("back-bills/", back_bills.back_bill_list, name="back_bills"),
    path("back-bills/new/", back_bills.back_bill_new, name="back_bill_new"),
    path("back-bills/<int:back_bill_id>/", back_bills.back_bill, name="back_bill"),
    path("back-bills/<int:back_bill_id>/evidence/", back_bills.evidence, name="back_bill_evidence"),
    path("tiers/", reports.tiers, name="tiers"),
    path("together/<int:customer_id>/<int:month>/", reports.together, name="together"),
    path("held/", held.held, name="held"),
    path("held/release/", held.release, name="held_release"),
    path("held/ask/", held.ask, name="held_ask"),
    path("rules/", rules.rule_list, name="rules"),
    path("rules/<int:rule_id>/", rules.rule, name="rule"),
    path("held/discard/", held.discard, name="held_discard"),
]
