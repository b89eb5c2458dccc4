// The staff desk's behaviour. Everything hangs on data-gas-… attributes, so that templates need no script (strict CSP).
import htmx from "htmx.org";
import "../css/console.css";
import { keepFocus } from "./focus.js";
import { bindKeys } from "./keys.js";
import { bindDialogs } from "./dialogs.js";
import { bindSearch } from "./search.js";
import { bindGrids } from "./grid.js";
import { sayFailures } from "./failures.js";
import { bindCards, layCards } from "./cards.js";

window.htmx = htmx;

const start = () => {
  bindKeys();
  bindDialogs();
  bindSearch();
  bindGrids();
  keepFocus();
  sayFailures();
  bindNavigation();
  bindCards();
  bindSmallThings(document);
  document.body.addEventListener("htmx:afterSettle", (event) => bindSmallThings(event.detail.elt));
};

/** The menu: a drawer on a phone, remembered groups on a desk. */
function bindNavigation() {
  const toggle = document.querySelector("[data-gas-nav]");
  toggle?.addEventListener("click", () => {
    const open = document.body.classList.toggle("gas-nav-open");
    toggle.setAttribute("aria-expanded", String(open));
  });
  document.addEventListener("click", (event) => {
    for (const drop of document.querySelectorAll("details.gas-drop[open]")) {
      if (!drop.contains(event.target)) drop.open = false;
    }
  });
}

/** Says beside a file field which file was chosen: the browser's own words for it may be in another language. */
document.addEventListener("change", (event) => {
  const shown = event.target.closest?.(".gas-file-pick")?.querySelector("[data-gas-picked]");
  if (shown) shown.textContent = [...event.target.files].map((file) => file.name).join(", ");
});

/** Things that belong to single elements, bound again after each swap. */
function bindSmallThings(root) {
  if (!root?.querySelectorAll) return;
  for (const box of root.querySelectorAll("details[data-gas-remember]")) remember(box);
  if (root.querySelector("[data-gas-chart]") || root.matches?.("[data-gas-chart]")) drawCharts(root);
  if (root.querySelector("[data-gas-readings]")) keyReadings(root);
  layCards(root);
  for (const box of root.querySelectorAll("[data-gas-submit-on-change]")) submitOnChange(box);
  for (const input of root.querySelectorAll("input[data-gas-check-all]")) checkAll(input);
}

function remember(box) {
  if (box.dataset.gasBound) return;
  box.dataset.gasBound = "1";
  const name = "gas-" + box.dataset.gasRemember;
  const kept = sessionStorage.getItem(name);
  if (kept !== null && !box.querySelector("[aria-current]")) box.open = kept === "1";
  box.addEventListener("toggle", () => sessionStorage.setItem(name, box.open ? "1" : "0"));
}

async function drawCharts(root) {
  const { draw } = await import("./charts.js");
  for (const box of root.querySelectorAll("[data-gas-chart]:not([data-gas-drawn])")) draw(box);
}

async function keyReadings(root) {
  const { bindReadings } = await import("./readings-grid.js");
  for (const grid of root.querySelectorAll("[data-gas-readings]")) bindReadings(grid);
}

function submitOnChange(box) {
  if (box.dataset.gasBound) return;
  box.dataset.gasBound = "1";
  box.addEventListener("change", () => box.form.requestSubmit());
}

function checkAll(input) {
  if (input.dataset.gasBound) return;
  input.dataset.gasBound = "1";
  input.addEventListener("change", () => {
    for (const box of document.querySelectorAll(`input[type=checkbox][name="${input.dataset.gasCheckAll}"]`)) {
      box.checked = input.checked;
      box.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
}

start();
