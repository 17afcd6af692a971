// The bell rings by itself. Who opens what they were told waits so long for it to be read:
const A_MOMENT = 500;
let shown;

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

document.dispatchEvent(new CustomEvent("crm:asks", { detail: {
  question() {
    const bell = document.getElementById("bell");
    return bell && `${bell.dataset.asks}?bell=${bell.dataset.mark}`;
  },
  async answer(response) {
    if (response.status !== 200) return;
    const text = await response.text();
    const bell = document.getElementById("bell");
    if (bell) await htmx.swap({ text, target: bell, swap: "outerMorph", sourceElement: bell });
  },
} }));

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
  if (isElsewhere) document.dispatchEvent(new Event("crm:ask"));
  else location.assign(link.href);
}

document.addEventListener("click", read);
document.addEventListener("auxclick", read);
