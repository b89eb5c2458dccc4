// A grid of inputs in a table (data-gas-grid): Enter and arrows move down and up a column, a column pasted from a
// spreadsheet fills the cells below. Saving is htmx's business, row by row, by each input's own hx-… attributes.

export function bindGrids() {
  document.addEventListener("keydown", (event) => {
    const cell = cellOf(event.target);
    if (!cell || event.isComposing) return;
    if (event.key === "Enter" || event.key === "ArrowDown") move(event, cell, 1);
    if (event.key === "ArrowUp") move(event, cell, -1);
  });
  document.addEventListener("paste", (event) => {
    const cell = cellOf(event.target);
    if (cell) pasteColumn(event, cell);
  });
}

function cellOf(element) {
  return element.matches?.("[data-gas-grid] input:not([type=hidden]):not([type=checkbox])") ? element : null;
}

function columnOf(cell) {
  const name = cell.dataset.gasColumn ?? cell.name;
  const grid = cell.closest("[data-gas-grid]");
  return [...grid.querySelectorAll("input:not([type=hidden]):not([disabled])")].filter(
    (other) => (other.dataset.gasColumn ?? other.name) === name,
  );
}

function move(event, cell, step) {
  const column = columnOf(cell);
  const next = column[column.indexOf(cell) + step];
  event.preventDefault();
  if (!next) return cell.blur();
  next.focus();
  next.select();
}

function pasteColumn(event, cell) {
  const lines = event.clipboardData.getData("text/plain").replace(/\r?\n$/, "").split(/\r?\n/);
  if (lines.length < 2) return;
  event.preventDefault();
  const column = columnOf(cell);
  const first = column.indexOf(cell);
  lines.forEach((line, offset) => {
    const target = column[first + offset];
    if (!target) return;
    target.value = line.split("\t")[0].trim();
    target.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
