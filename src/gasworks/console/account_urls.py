"""Log-in, log-out, password and second factor. Staff are added by an administrator, so nobody signs up by himself,
and a forgotten password is set anew by the security administrator, so there is no reset by mail."""

from allauth.account import views as account
from django.urls import include, path

from gasworks.console.web import views

urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password, name="account_change_password"),
    path("2fa/", include("allauth.mfa.base.urls")),
    path("2fa/totp/", include("allauth.mfa.totp.urls")),
    path("2fa/recovery-codes/", include("allauth.mfa.recovery_codes.urls")),
]
