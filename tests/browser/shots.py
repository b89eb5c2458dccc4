"""What a page must be: whole on its width, silent in the console, clean by axe, in one language."""

import re
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models

from tests.support.databases import ROOT

SHOTS = ROOT / "var" / "shots"
PACKS = ROOT / "src" / "gasworks" / "tariffs" / "packs"
AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]

# Latin words that a Chinese clerk reads every day, and the product's own names for files, keys and marks.
LATIN = {
    "excel", "csv", "pdf", "xlsx", "xls", "api", "id", "ip", "beancount", "bean", "check", "english", "enter", "esc",
    "totp", "gbk", "utf", "json", "ic", "sms", "iso", "url", "m", "kb", "mb", "gb", "fen", "http", "https", "get", "post", "sha",
}  # fmt: skip
LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
DIGEST = re.compile(r"\b[0-9a-f]{32,}\b")
# An amount in capital characters stands on papers in every language.
CAPITALS = re.compile("[零壹贰叁肆伍陆柒捌玖拾佰仟万亿元角分整]+")
CHINESE_RUN = re.compile(r"[\u3400-\u9fff]+")

WORDS = """() => {
  const said = [document.title.split(' · ')[0]];
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) { said.push(node.textContent); return; }
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    if (node.matches('script, style, kbd, code, pre, [lang]:not(html), .gas-code, select.gas-data')) return;
    for (const name of ['placeholder', 'aria-label', 'title', 'alt']) said.push(node.getAttribute(name) || '');
    node.childNodes.forEach(walk);
  };
  walk(document.body);
  return said.map((text) => text.trim()).filter(Boolean);
}"""


def overflow(page: Any) -> str:
    wide, screen = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    return f"{wide} px wide on a screen of {screen}" if wide > screen else ""


def axe(page: Any) -> list[str]:
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(AXE())
    found = page.evaluate("(tags) => window.axe.run(document, {runOnly: {type: 'tag', values: tags}})", RULES)
    return [f"axe {fault['id']}: {fault['nodes'][0]['html'][:160]}" for fault in found["violations"]]


def foreign_words(page: Any, language: str, data: str) -> list[str]:
    """Words of the other language that are not data."""
    texts = page.evaluate(WORDS)
    if language == "zh-CN":
        words = [word for text in texts for word in LATIN_WORD.findall(DIGEST.sub("", text))]
        return sorted({word for word in words if word.lower() not in LATIN and word not in data})
    return sorted(
        {run for text in texts for run in CHINESE_RUN.findall(text) if run not in data and not CAPITALS.fullmatch(run)}
    )


def data_text() -> str:
    """Everything that people wrote into the database or into price orders, to tell data from the product's own words."""
    said = [name for _code, name in settings.LANGUAGES]
    said += [pack.read_text(encoding="utf-8") for pack in PACKS.glob("*.toml")]
    for model in apps.get_models():
        if not model.__module__.startswith("gasworks.") or model._meta.proxy or not model._meta.managed:
            continue
        kinds = (models.CharField, models.TextField, models.JSONField)
        names = [
            field.attname for field in model._meta.concrete_fields if isinstance(field, kinds) and not field.choices
        ]
        for row in model.objects.values_list(*names)[:5000] if names else ():
            said.extend(str(value) for value in row if value)
    return "\n".join(said)


def keep(page: Any, language: str, name: str) -> Path:
    width = page.viewport_size["width"]
    path = SHOTS / language / str(width) / f"{name.replace(':', '_')}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path, full_page=True)
    return path
