// A refusal comes as a fragment and is shown above the page's content; what was typed stays where it is.

export function sayFailures() {
  const body = document.body;
  body.addEventListener("htmx:beforeRequest", () => body.classList.add("gas-busy"));
  body.addEventListener("htmx:afterRequest", () => body.classList.remove("gas-busy"));
  body.addEventListener("htmx:responseError", (event) => show(event.detail.xhr));
  body.addEventListener("htmx:sendError", () => say(body.dataset.gasBroken));
  body.addEventListener("htmx:timeout", () => say(body.dataset.gasBroken));
}

function show(response) {
  const fragment = response.status < 500 && (response.getResponseHeader("Content-Type") ?? "").includes("text/html");
  if (fragment && !/<html/i.test(response.responseText)) return place(response.responseText);
  say(body().dataset.gasFailed);
}

function say(sentence) {
  const box = document.createElement("div");
  box.className = "alert gas-alert alert-danger";
  box.setAttribute("role", "alert");
  box.textContent = sentence;
  place(box.outerHTML);
}

function place(html) {
  const region = document.getElementById("gas-messages") ?? body();
  region.innerHTML = html;
  region.scrollIntoView({ block: "nearest" });
}

const body = () => document.body;
