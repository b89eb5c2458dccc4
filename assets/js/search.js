// The search box in the top bar: arrows walk the hits, Enter opens the marked one (the first, if none is marked).

export function bindSearch() {
  const input = document.querySelector("[data-gas-find]");
  if (!input) return;
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const hits = [...document.querySelectorAll("#gas-found a")];
    if (!hits.length) return;
    const here = hits.findIndex((hit) => hit.classList.contains("gas-hit-here"));
    if (event.key === "ArrowDown") return mark(event, hits, Math.min(here + 1, hits.length - 1));
    if (event.key === "ArrowUp") return mark(event, hits, Math.max(here - 1, 0));
    if (event.key === "Enter" && here >= 0) {
      event.preventDefault();
      hits[here].click();
    }
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".gas-find")) document.getElementById("gas-found")?.replaceChildren();
  });
}

function mark(event, hits, index) {
  event.preventDefault();
  for (const hit of hits) hit.classList.remove("gas-hit-here");
  hits[index].classList.add("gas-hit-here");
  hits[index].scrollIntoView({ block: "nearest" });
}
