// The readings grid (data-gas-readings): changed lines are gathered for a moment and saved as one batch; each line turns
// green or red with its reason. Moving and pasting are grid.js's business. A lost connection loses nothing: the lines
// stay waiting and are sent again.

const PAUSE = 400;
const RETRY = 4000;
const MOST = 200;

export function bindReadings(root) {
  if (root.dataset.gasBound) return;
  root.dataset.gasBound = "1";
  const grid = { root, waiting: new Set(), sending: false, timer: 0 };
  root.addEventListener("change", (event) => {
    const line = event.target.closest("[data-gas-line]");
    if (line && event.target.name === "index") changed(grid, line);
  });
  window.addEventListener("beforeunload", (event) => {
    if (grid.waiting.size || grid.sending) event.preventDefault();
  });
  root.querySelector(".gas-index:not([disabled])")?.focus();
}

function changed(grid, line) {
  const input = indexOf(line);
  if (!input.value.trim()) return;
  line.classList.remove("gas-row-saved", "gas-row-bad");
  line.querySelector("[data-gas-answer]").textContent = "";
  grid.waiting.add(line);
  schedule(grid, PAUSE);
}

function schedule(grid, delay) {
  clearTimeout(grid.timer);
  grid.timer = setTimeout(() => send(grid), delay);
}

async function send(grid) {
  if (grid.sending || !grid.waiting.size) return;
  const lines = [...grid.waiting].slice(0, MOST);
  const sent = lines.map((line) => indexOf(line).value);
  for (const line of lines) grid.waiting.delete(line);
  grid.sending = true;
  say(grid, "Saving");
  try {
    const answer = await fetch(grid.root.dataset.gasSave, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": tokenOf(grid.root), "HX-Request": "true" },
      body: JSON.stringify({ rows: lines.map((line) => rowOf(grid.root, line)) }),
    });
    if (!answer.ok) throw new Error(String(answer.status));
    const { rows } = await answer.json();
    lines.forEach((line, i) => show(line, rows[i], sent[i]));
    say(grid, "Saved");
  } catch {
    for (const line of lines) grid.waiting.add(line);
    say(grid, "Failed");
  }
  grid.sending = false;
  if (grid.waiting.size) schedule(grid, grid.failed ? RETRY : PAUSE);
}

function rowOf(root, line) {
  const { installation, register, seen, readOn } = line.dataset;
  return {
    installation,
    register,
    seen,
    read_on: readOn ?? root.querySelector("[data-gas-read-on]").value,
    index: indexOf(line).value.trim(),
  };
}

function show(line, answer, sent) {
  const place = line.querySelector("[data-gas-answer]");
  line.classList.toggle("gas-row-saved", answer.ok);
  line.classList.toggle("gas-row-bad", !answer.ok);
  indexOf(line).setAttribute("aria-invalid", String(!answer.ok));
  place.textContent = answer.ok ? answer.flags.join("、") : answer.text;
  if (!answer.ok) return;
  line.dataset.seen = answer.seen;
  line.querySelector("[data-gas-used]").textContent = used(line, sent);
}

/** Whole litres by text, so that no fraction of a cubic metre is lost. */
function used(line, text) {
  if (line.dataset.last === "") return "";
  const [whole, part = ""] = text.trim().split(".");
  const litres = BigInt(whole + part.padEnd(3, "0").slice(0, 3)) - BigInt(line.dataset.last);
  const sign = litres < 0n ? "-" : "";
  const digits = (litres < 0n ? -litres : litres).toString().padStart(4, "0");
  const rest = digits.slice(-3).replace(/0+$/, "");
  return sign + digits.slice(0, -3) + (rest ? "." + rest : "");
}

function indexOf(line) {
  return line.querySelector("input[name=index]");
}

function tokenOf(root) {
  return root.querySelector("input[name=csrfmiddlewaretoken]").value;
}

function say(grid, what) {
  grid.failed = what === "Failed";
  grid.root.querySelector("[data-gas-readings-status]").textContent = grid.root.dataset[`gasSay${what}`];
}
