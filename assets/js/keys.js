// Keys of the desk. An element says which key presses it: data-gas-key="F9".

const HELP = "?";

export function bindKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "F2") return press(event, document.querySelector("[data-gas-find-here]") ?? document.querySelector("[data-gas-find]"));
    if (event.key === HELP && !typing(event.target)) return openHelp(event);
    if (event.key === "Escape") return escape(event);
    const target = named(event.key);
    if (target) press(event, target);
  });
}

function named(key) {
  if (!/^F\d+$/.test(key)) return null;
  const scope = document.querySelector("dialog[open]") ?? document;
  return scope.querySelector(`[data-gas-key="${key}"]`);
}

function press(event, element) {
  if (!element) return;
  event.preventDefault();
  if (element.matches("input[type=radio], input[type=checkbox]")) {
    element.click();
    document.querySelector("[data-gas-focus]")?.focus();
  } else if (element.matches("input, select, textarea")) {
    element.focus();
    element.select?.();
  } else {
    element.click();
  }
}

function typing(element) {
  return element.matches?.("input, select, textarea, [contenteditable]");
}

function openHelp(event) {
  const help = document.getElementById("gas-keys");
  if (!help || help.open) return;
  event.preventDefault();
  help.showModal();
}

function escape(event) {
  if (document.querySelector("dialog[open]")) return;
  const found = document.getElementById("gas-found");
  if (found?.childElementCount) {
    found.replaceChildren();
    event.preventDefault();
    return;
  }
  if (document.body.classList.contains("gas-nav-open")) {
    document.querySelector("[data-gas-nav]").click();
    return;
  }
  const drop = document.querySelector("details.gas-drop[open]");
  if (drop) {
    drop.open = false;
    return;
  }
  const again = document.querySelector("[data-gas-key='Escape']");
  if (again) press(event, again);
}
