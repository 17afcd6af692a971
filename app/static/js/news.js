// What others change on a page appears within seconds: an element with data-news says where to ask, for that and for the
// bell at once. Nothing is drawn anew under the hands of who is at work in it.
const EVERY = 4000;
const SLOWEST = 60000;
const WRITES = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select";
let wait = EVERY;
let acts = 0;
let timer;

function isBusy(page) {
  const here = document.activeElement;
  const isWriting = here?.matches?.(WRITES) && page.contains(here) && !here.closest("crm-compose");
  return isWriting || Boolean(page.querySelector(".ask-box, :popover-open"));
}

async function ask(place) {
  const before = acts;
  const { news } = place.dataset;
  const { mark } = document.getElementById("bell").dataset;
  const headers = { "HX-Request": "true", "HX-Request-Type": "partial", "HX-Current-URL": location.href };
  const response = await fetch(`${news}&bell=${mark}`, { headers });
  wait = response.ok ? EVERY : Math.min(wait * 2, SLOWEST);
  if (response.ok) document.dispatchEvent(new CustomEvent("crm:asked"));
  if (response.status === 404) return lose(place);
  if (response.status !== 200) return;
  const text = await response.text();
  // What was asked before one did something here oneself may know nothing of it.
  if (!place.isConnected || place.dataset.news !== news || acts !== before || isBusy(place.parentElement)) return;
  await htmx.swap({ text, target: place, swap: "none", sourceElement: place });
  const { say } = JSON.parse(response.headers.get("HX-Trigger") ?? "{}");
  if (say) document.dispatchEvent(new CustomEvent("say", { detail: { value: say } }));
}

// It is gone, or no longer theirs to see: what stands here is the last that they know of it.
function lose(place) {
  document.dispatchEvent(new CustomEvent("crm:failed", { detail: { sentence: place.dataset.lost } }));
  place.remove();
}

async function tick() {
  const place = document.querySelector("[data-news]");
  try {
    if (place && !document.hidden && !isBusy(place.parentElement)) await ask(place);
  } catch {
    wait = Math.min(wait * 2, SLOWEST);
  }
  clearTimeout(timer);
  timer = setTimeout(tick, wait);
}

timer = setTimeout(tick, wait);
document.addEventListener("visibilitychange", () => document.hidden || tick());
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => { acts += ctx.request.method !== "GET"; });
