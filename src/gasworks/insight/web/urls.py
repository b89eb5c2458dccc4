from django.urls import path

from gasworks.insight.web import papers, quality, views

app_name = "insight"

urlpatterns = [
    path("dashboard/", views.dashboard, name="dashboard"),
    path("dashboard/<slug:panel>/", views.panel, name="panel"),
    path("arrears/", views.arrears, name="arrears"),
    path("issue-summary/", views.issue_summary, name="issue_summary"),
    path("issue-books/", views.issue_books, name="issue_books"),
    path("quality/", quality.board, name="quality"),
    path("quality/<slug:figure>/", quality.behind, name="quality_rows"),
    path("cash-journal/", views.cash_journal, name="cash_journal"),
    path("trial-balance/", views.trial_balance, name="trial_balance"),
    path("exports/", views.exports, name="exports"),
    path("exports/<slug:form>/", views.export, name="export"),
    path("papers/", papers.remind, name="remind"),
    path("papers/of/<int:supply_point_id>/", papers.of_point, name="papers_of"),
    path("papers/<slug:kind>/<int:agreement_id>/pdf/", papers.debt_pdf, name="debt_pdf"),
    path("papers/<slug:kind>/<int:agreement_id>/print/", papers.debt_print, name="debt_print"),
    path("statement/<int:customer_id>/", papers.together, name="together"),
    path("statement/<int:customer_id>/pdf/", papers.together_pdf, name="together_pdf"),
    path("statement/<int:customer_id>/print/", papers.together_print, name="together_print"),
    path("data/<int:supply_point_id>/<slug:form>/", papers.feed, name="feed"),
]
