"""One settings module; what differs between a laptop and a city stands in environment variables."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
VAR = Path(os.environ.get("GASWORKS_VAR", ROOT / "var"))


def _kept_secret(name: str) -> str:
    """A random secret of this checkout, made once and kept readable by its owner only."""
    path = VAR / name
    if not path.exists():
        import secrets

        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()


SECRET_KEY = os.environ.get("GASWORKS_SECRET_KEY") or _kept_secret("secret_key")
INSTALLATION_KEY = os.environ.get("GASWORKS_INSTALLATION_KEY") or _kept_secret("installation_key")
DEBUG = os.environ.get("GASWORKS_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("GASWORKS_HOSTS", "127.0.0.1,localhost,testserver").split(",")

INSTALLED_APPS = [
    "gasworks.foundation",
    "gasworks.ledger",
    "gasworks.tariffs",
    "gasworks.customers",
    "gasworks.metering",
    "gasworks.usage",
    "gasworks.receivables",
    "gasworks.invoicing",
    "gasworks.payments",
    "gasworks.billing",
    "gasworks.insight",
    "gasworks.console",
    "gasworks.openapi",
    "gasworks.demo",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.gis",
    "django_htmx",
    "pgtrigger",
    "pghistory",
    "procrastinate.contrib.django",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "ninja",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "gasworks.console.middleware.StaffLanguage",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "gasworks.project.urls"
WSGI_APPLICATION = "gasworks.project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "gasworks.console.context.shell",
            ],
            "builtins": ["gasworks.foundation.templatetags.gas"],
        },
    }
]


def _socket() -> str:
    kept = VAR / "socket"
    return os.environ.get("GASWORKS_SOCKET") or (kept.read_text().strip() if kept.exists() else "/nonexistent")


DB_ROLE = os.environ.get("GASWORKS_DB_ROLE", "web")
DATABASES = {
    "default": {
        "ENGINE": "django.contrib.gis.db.backends.postgis",
        "HOST": _socket(),
        "NAME": os.environ.get("GASWORKS_DB_NAME", "gasworks"),
        "USER": f"gasworks_{DB_ROLE}",
        "CONN_MAX_AGE": None,
        "OPTIONS": {"options": "-c role=gasworks_owner"} if DB_ROLE == "admin" else {},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "foundation.Staff"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
FILES_ROOT = VAR / "files"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = False
SILENCED_SYSTEM_CHECKS = ["gis.W001"]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:", "blob:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
