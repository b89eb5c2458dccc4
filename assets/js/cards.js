// A table that is wider than the phone is read as cards: one row, one card, each figure with its column's name beside it.
// What is keyed in cells, compared across columns or drawn as a chart's figures stays a table and scrolls.
const PHONE = matchMedia("(max-width: 600px)");
const STAYS = "[data-gas-grid], .gas-matrix, .gas-reasons, .gas-chart *";
const ROLES = { TABLE: "table", THEAD: "rowgroup", TBODY: "rowgroup", TFOOT: "rowgroup", TR: "row", TD: "cell" };

export function bindCards() {
  PHONE.addEventListener("change", () => layCards(document));
}

export function layCards(root) {
  for (const table of root.querySelectorAll(".table-responsive > .gas-table")) {
    if (table.matches(STAYS)) continue;
    table.classList.remove("gas-cards");
    if (PHONE.matches && table.scrollWidth > table.parentElement.clientWidth) lay(table);
  }
}

function lay(table) {
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])].map((head) => (head.querySelector("input") ? "" : head.textContent.trim()));
  if (!heads.length) return;
  table.classList.add("gas-cards");
  // Cells laid out by themselves would no longer be a table for those who listen: say so in words.
  for (const part of [table, ...table.querySelectorAll("thead, tbody, tfoot, tr, td")]) part.setAttribute("role", ROLES[part.tagName]);
  for (const head of table.querySelectorAll("thead th")) head.setAttribute("role", "columnheader");
  for (const row of [...table.tBodies, table.tFoot].flatMap((part) => [...(part?.rows ?? [])])) name(row, heads);
  // «Total» says by itself what it is.
  for (const row of table.tFoot?.rows ?? []) row.cells[0].dataset.gasName = "";
}

function name(row, heads) {
  let column = 0;
  for (const cell of row.cells) {
    if (cell.tagName === "TH") cell.setAttribute("role", "rowheader");
    cell.dataset.gasName = cell.colSpan > 1 ? "" : (heads[column] ?? "");
    cell.classList.toggle("gas-bare", !cell.textContent.trim() && !cell.querySelector("input, button, a, progress"));
    column += cell.colSpan;
  }
}
