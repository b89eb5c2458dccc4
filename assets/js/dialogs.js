// Native <dialog>: data-gas-open="#id" opens it, data-gas-close inside closes it; it traps focus by itself.

export function bindDialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-gas-open]");
    if (opener) {
      event.preventDefault();
      const dialog = document.querySelector(opener.dataset.gasOpen);
      dialog.showModal();
      dialog.querySelector("[data-gas-first], input:not([type=hidden]), textarea, select")?.focus();
      return;
    }
    if (event.target.closest("[data-gas-close]")) event.target.closest("dialog").close();
    if (event.target.closest("[data-gas-print]")) window.print();
  });
}
