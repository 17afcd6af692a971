// The bell rings by itself: a small question every four seconds while somebody looks.
// A board asks for both, and so does a page that is told of what others change on it.
const EVERY = 4000;
const SLOWEST = 60000;
const A_MOMENT = 500;
let wait = EVERY;
let shown;
let askedAt = 0;
let timer;

customElements.define("crm-bell", class extends HTMLElement {
  static observedAttributes = ["data-count"];

  // What is new is said once, and politely; the first page one opens says nothing.
  attributeChangedCallback(_name, _before, count) {
    const isMore = shown !== undefined && Number(count) > shown;
    shown = Number(count);
    // Its words come after its figure.
    if (isMore) queueMicrotask(() => { document.getElementById("said").textContent = this.firstElementChild.ariaLabel; });
  }
});

async function ask(bell) {
  const headers = { "HX-Request": "true", "HX-Request-Type": "partial" };
  const response = await fetch(`${bell.dataset.asks}?bell=${bell.dataset.mark}`, { headers });
  wait = response.ok ? EVERY : Math.min(wait * 2, SLOWEST);
  if (response.status !== 200) return;
  const text = await response.text();
  if (bell.isConnected) await htmx.swap({ text, target: bell, swap: "outerMorph", sourceElement: bell });
}

async function tick() {
  const bell = document.getElementById("bell");
  try {
    if (bell && !document.hidden && Date.now() - askedAt >= 2 * EVERY) await ask(bell);
  } catch {
    wait = Math.min(wait * 2, SLOWEST);
  }
  clearTimeout(timer);
  timer = setTimeout(tick, wait);
}

// Whoever asks for more asks first.
timer = setTimeout(tick, EVERY + 1000);
document.addEventListener("crm:asked", () => { askedAt = Date.now(); });
document.addEventListener("visibilitychange", () => document.hidden || tick());

// Whoever opens what they were told has read it, in this tab or in another. Here the page waits for it a moment,
// so that its bell knows.
async function read(event) {
  const link = event.target.closest?.("[data-reads]");
  if (!link || event.button > 1) return;
  const token = JSON.parse(document.body.getAttribute("hx-headers:inherited") ?? "{}");
  const headers = { ...token, "HX-Request": "true", "HX-Request-Type": "partial" };
  const done = fetch(link.dataset.reads, { method: "POST", headers, keepalive: true }).catch(() => {});
  link.closest(".unread")?.classList.remove("unread");
  const isElsewhere = event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  if (!isElsewhere) event.preventDefault();
  await Promise.race([done, new Promise((resolve) => { setTimeout(resolve, A_MOMENT); })]);
  if (isElsewhere) tick();
  else location.assign(link.href);
}

document.addEventListener("click", read);
document.addEventListener("auxclick", read);
