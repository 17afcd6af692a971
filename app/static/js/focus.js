// After a swap focus goes to what changed, or to what took its place; a new page is announced by its title.
function isLost() {
  return !document.activeElement || document.activeElement === document.body;
}

function focus(element) {
  if (!element.matches("a[href], button, input, select, textarea, [tabindex]")) element.tabIndex = -1;
  element.focus({ preventScroll: true });
}

function say(sentence) {
  const place = document.getElementById("said");
  if (place) place.textContent = sentence;
}

const STEPS = ".next li";

const ROWS = "[data-rows] > li";

// Whoever ends a step goes on with the one after it, or plans another; on the rows of a day with the next row.
function stepAfter({ rows, at }) {
  const steps = [...document.querySelectorAll(rows ? ROWS : STEPS)];
  const next = steps[Math.min(at, steps.length - 1)];
  return rows ? next?.querySelector("a[href]") : next?.querySelector(".tick") ?? document.querySelector(".compose [value=plan]");
}

// Whoever wrote in the box for writing stays at it, at the tab of what they wrote.
function tabOf(box) {
  const tab = box?.querySelector("[name=kind]:checked");
  return tab ? `#${box.id} [name=kind][value=${tab.value}]` : null;
}

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  ctx.tabAt = tabOf(ctx.sourceElement.closest?.("crm-compose"));
  const step = ctx.sourceElement.closest?.(STEPS);
  if (!step) return;
  const rows = step.matches(ROWS);
  ctx.stepAt = { rows, at: [...document.querySelectorAll(rows ? ROWS : STEPS)].indexOf(step) };
});

// What loads by itself takes focus from nobody: it only gives back what its own swap took away.
const BY_ITSELF = new Set(["intersect", "load", "revealed", "every"]);

document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
  ctx.isUnasked = BY_ITSELF.has(ctx.sourceEvent?.type) && isLost();
});

document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = event.detail;
  if (ctx.target === document.body) {
    const start = document.querySelector("[autofocus]") ?? document.getElementById("main");
    if (start && isLost()) focus(start);
    say(ctx.title || document.title);
    return;
  }
  const asked = typeof ctx.target === "string" ? document.querySelector(ctx.target) : ctx.target;
  const place = asked?.isConnected ? asked : document.getElementById(asked?.id ?? "") ?? ctx.sourceElement;
  if (!place?.isConnected || ctx.isUnasked) return;
  const wrong = [409, 422].includes(ctx.response?.status) && place.querySelector("[data-errors], [aria-invalid=true]");
  if (wrong) {
    focus(wrong);
    wrong.scrollIntoView({ block: "nearest" });
  } else if (isLost() && !document.querySelector("dialog[open]")) {
    const step = ctx.stepAt === undefined ? null : stepAfter(ctx.stepAt);
    const tab = ctx.tabAt && document.querySelector(ctx.tabAt);
    focus(place.querySelector("[autofocus]") ?? step ?? tab ?? place);
  }
});

// Facts that only those who listen need to hear: an answer says them by HX-Trigger {"say": "…"}.
document.addEventListener("say", (event) => say(event.detail.value));
