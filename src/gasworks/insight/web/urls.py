from django.urls import path

from gasworks.insight.web import quality, views

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
]
