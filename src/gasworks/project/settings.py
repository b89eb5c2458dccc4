"""Django's settings. What differs between machines comes from the environment; what is secret lies in ``var``."""

import logging
import os
import secrets
import sys
from contextlib import suppress
from pathlib import Path

import pghistory
from csp.constants import NONE, SELF, UNSAFE_INLINE

from gasworks.project import cluster, logs

ROOT = cluster.ROOT
VAR = cluster.VAR
# pytest-django reads the settings before the root conftest can say that this is a test.
TESTING = os.environ.get("GASWORKS_MODE") == "test" or "pytest" in sys.modules
DEBUG = os.environ.get("GASWORKS_DEBUG") == "1"
HTTPS = os.environ.get("GASWORKS_HTTPS") == "1"


def _words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def _kept_secret(name: str) -> str:
    """Made once and kept in var, readable by its owner only; several servers share one through the environment."""
    given = os.environ.get(f"GASWORKS_{name.upper()}")
    if given:
        return given
    path = VAR / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{name}.{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(50))
        # Two processes may start at once: the first link wins, and both read what it holds.
        with suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text().strip()


SECRET_KEY = _kept_secret("secret_key")
# Under it lie the personal numbers of customers: it must outlive the database and be kept apart from its backups.
INSTALLATION_KEY = _kept_secret("installation_key")
ALLOWED_HOSTS = _words("GASWORKS_HOSTS", "127.0.0.1,localhost") + (["testserver"] if TESTING else [])
CSRF_TRUSTED_ORIGINS = _words("GASWORKS_ORIGINS")

# --- what is installed -------------------------------------------------------------------------------------------

GASWORKS_APPS = [
    "gasworks.foundation",
    "gasworks.ledger",
    "gasworks.tariffs",
    "gasworks.customers",
    "gasworks.metering",
    "gasworks.usage",
    "gasworks.receivables",
    "gasworks.invoicing",
    "gasworks.billing",
    "gasworks.payments",
    "gasworks.casework",
    "gasworks.insight",
    "gasworks.openapi",
    "gasworks.console",
    "gasworks.demo",
]

INSTALLED_APPS = [
    # Ours first: their templates and management commands win over the libraries'.
    *GASWORKS_APPS,
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
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
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "gasworks.console.middleware.StaffLanguage",
    "gasworks.openapi.middleware.MachineAnswers",
    "gasworks.console.middleware.OwnPassword",
    "django_structlog.middlewares.RequestMiddleware",
    "gasworks.foundation.web.middleware.SecondStep",
    "gasworks.foundation.web.middleware.Acting",
    "django_htmx.middleware.HtmxMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "gasworks.foundation.web.middleware.ContentPolicy",
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
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "gasworks.console.context.shell",
            ],
            "builtins": ["gasworks.foundation.templatetags.gas"],
        },
    }
]

# --- database ----------------------------------------------------------------------------------------------------

DB_ROLE = os.environ.get("GASWORKS_DB_ROLE", "web")
DATABASES = {"default": cluster.settings_for(DB_ROLE, pool=os.environ.get("GASWORKS_POOL") == "1")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# A history table is asked about one object only: what its rows point to needs no index of its own.
PGHISTORY_FOREIGN_KEY_FIELD = pghistory.ForeignKey(db_index=False)
PGHISTORY_OBJ_FIELD = pghistory.ObjForeignKey(db_index=True)

# Timers and long work find their functions in each domain's jobs.py.
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

# --- people ------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "foundation.Staff"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "gasworks.foundation.login.StaffBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
     "OPTIONS": {"user_attributes": ("username", "full_name", "phone")}},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]  # fmt: skip
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
# Counting failures is the work of axes, which knows that a whole outlet shares one address.
ACCOUNT_RATE_LIMITS = False
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Gasworks"

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_TEMPLATE = "account/lockout.html"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_VERBOSE = False

SESSION_ENGINE = "gasworks.foundation.sessions"
SESSION_COOKIE_AGE = 10 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "gasworks_session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_NAME = "gasworks_csrf"

# --- browser -----------------------------------------------------------------------------------------------------

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        # ECharts and HTMX set style attributes; scripts are never inline.
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:", "blob:"],
        "worker-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "font-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- languages and time ------------------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
LANGUAGE_COOKIE_NAME = "gasworks_language"

# --- files -------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
FILES_ROOT = VAR / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING or DEBUG
        else "gasworks.project.static_files.HashedFiles"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = TESTING or DEBUG
# esbuild names its chunks name-HASH.js, Django names the entries name.hash.js: both may be kept forever.
WHITENOISE_IMMUTABLE_FILE_TEST = r"^.+(\.[0-9a-f]{12}\.[a-z0-9]+|/chunks/.+-[A-Z0-9]{8}\.[a-z0-9]+)$"
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
BACKUPS = Path(os.environ.get("GASWORKS_BACKUPS") or VAR / "backups")
BACKUPS_KEPT = int(os.environ.get("GASWORKS_BACKUPS_KEPT") or 14)

# --- logs --------------------------------------------------------------------------------------------------------

logs.configure()
# One line a request, when it is answered.
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
LOGGING = logs.django_logging(quiet=TESTING)
SILENCED_SYSTEM_CHECKS = [
    "gis.W001",  # GDAL of Debian 12 cannot block network access; we only ever read our own formats
    "models.W042",
]
