// After a swap the cursor goes where the next key is wanted. htmx binds new forms when it settles, 20 ms after the
// swap; a scanner types faster than that, so focus moves at settle and never before.

export function keepFocus() {
  document.body.addEventListener("htmx:afterSettle", (event) => focusIn(event.detail.elt));
  focusIn(document);
}

function focusIn(root) {
  const wanted = root.matches?.("[data-gas-focus]") ? root : root.querySelector?.("[data-gas-focus]");
  if (!wanted) return;
  wanted.focus();
  if (wanted.select && wanted.type !== "date") wanted.select();
}
