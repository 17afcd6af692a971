// What others change on a page appears within seconds: an element with data-news says where to ask, for that and for the
// bell at once. Nothing is drawn anew under the hands of who is at work in it.
const WRITES = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select";
let acts = 0;
let actsBefore = 0; // as many as there were when it was asked

function isBusy(page) {
  const here = document.activeElement;
  const isWriting = here?.matches?.(WRITES) && page.contains(here) && !here.closest("crm-compose");
  return isWriting || Boolean(page.querySelector(".ask-box, :popover-open"));
}

// It is gone, or no longer theirs to see: what stands here is the last that they know of it.
function lose(place) {
  document.dispatchEvent(new CustomEvent("crm:failed", { detail: { sentence: place.dataset.lost } }));
  place.remove();
}

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => { acts += ctx.request.method !== "GET"; });

document.dispatchEvent(new CustomEvent("crm:asks", { detail: {
  question() {
    const place = document.querySelector("[data-news]");
    if (!place || isBusy(place.parentElement)) return;
    actsBefore = acts;
    return `${place.dataset.news}&bell=${document.getElementById("bell").dataset.mark}`;
  },
  async answer(response, question) {
    const text = await response.text();
    const place = document.querySelector("[data-news]");
    if (!place || !question.startsWith(`${place.dataset.news}&`)) return;
    if (response.status === 404) return lose(place);
    // What was asked before one did something here oneself may know nothing of it.
    if (response.status !== 200 || acts !== actsBefore || isBusy(place.parentElement)) return;
    await htmx.swap({ text, target: place, swap: "none", sourceElement: place });
    const { say } = JSON.parse(response.headers.get("HX-Trigger") ?? "{}");
    if (say) document.dispatchEvent(new CustomEvent("say", { detail: { value: say } }));
  },
} }));
