from django.urls import path

from gasworks.receivables.web import bank, deposits, fees, items, recurring, reminders, terms, third, views, waivers

app_name = "receivables"

urlpatterns = [
    path("", views.items, name="list"),
    path("items/<int:item_id>/", items.item, name="item"),
    path("items/<int:item_id>/dispute/", views.dispute_one, name="dispute"),
    path("items/<int:item_id>/settle/", views.settle_one, name="settle"),
    path("items/<int:item_id>/to-bank/", bank.hand_over, name="to_bank"),
    path("items/<int:item_id>/from-bank/", bank.answered, name="from_bank"),
    path("items/<int:item_id>/bank-days/", bank.days, name="bank_days"),
    path("items/<int:item_id>/waive/", waivers.waive_one, name="waive"),
    path("items/<int:item_id>/slip/", deposits.issue, name="slip_new"),
    path("charge/<int:agreement_id>/", views.charge_one, name="charge"),
    path("fees/", views.fees, name="fees"),
    path("fees/new/", fees.new, name="fee_new"),
    path("fees/<int:fee_type_id>/", fees.change, name="fee"),
    path("fees/<int:fee_type_id>/tax/", fees.tax, name="fee_tax"),
    path("fees/<int:fee_type_id>/principal/", fees.principal, name="principal"),
    path("late-fees/", terms.shown, name="terms"),
    path("late-fees/new/", terms.new, name="terms_new"),
    path("late-fees/agreement/<int:agreement_id>/", terms.of_agreement, name="terms_of"),
    path("waivers/", waivers.listed, name="waivers"),
    path("waivers/report/", waivers.report, name="waiver_report"),
    path("waivers/<int:waiver_id>/undo/", waivers.undo, name="waiver_undo"),
    path("recurring/", recurring.listed, name="recurring"),
    path("recurring/book/", recurring.book, name="recurring_book"),
    path("recurring/new/<int:agreement_id>/", recurring.new, name="recurring_new"),
    path("recurring/<int:subscription_id>/", recurring.one, name="recurring_one"),
    path("recurring/<int:subscription_id>/consent/", recurring.consent, name="consent"),
    path("settlements/", third.listed, name="settlements"),
    path("settlements/new/", third.new, name="settlement_new"),
    path("settlements/<int:settlement_id>/", third.one, name="settlement"),
    path("settlements/<int:settlement_id>/drop/", third.drop, name="settlement_drop"),
    path("settlements/<int:settlement_id>/lines/", third.lines, name="settlement_lines"),
    path("reminders/", reminders.listed, name="reminders"),
    path("reminders/<int:reminder_id>/", reminders.one, name="reminder"),
    path("reminders/print/<int:work_id>/", reminders.many, name="reminders_print"),
    path("deposits/", deposits.listed, name="slips"),
    path("deposits/<int:slip_id>/", deposits.slip, name="slip"),
]
