// The small form of a new card: one at a time, Esc leaves it.
document.addEventListener("keydown", (event) => {
  const quick = event.target.closest?.(".quick-place");
  if (event.key !== "Escape" || !quick) return;
  event.preventDefault();
  quick.closest(".col").querySelector(".add").focus();
  quick.replaceChildren();
  waiting = null;
});
document.addEventListener("htmx:before:swap", (event) => {
  const target = event.detail.ctx.target;
  if (!target?.matches?.(".quick-place")) return;
  for (const other of document.querySelectorAll(".quick-place")) if (other !== target) other.replaceChildren();
});

// Whoever adds one after the other types on while the last one is on its way: the form is empty as soon as it is sent,
// and what was typed since stands in the one that comes back.
const fieldsOf = (form) => [...form.querySelectorAll("input.input")];
let waiting = null;

function held(form) {
  const fields = fieldsOf(form);
  return { values: fields.map((field) => field.value), focus: fields.indexOf(document.activeElement) };
}

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  const form = ctx.sourceElement;
  if (!form.matches?.("form.quick") || form.matches(".sent")) return;
  ctx.sent = fieldsOf(form).map((field) => field.value);
  form.classList.add("sent");
  for (const field of fieldsOf(form)) field.value = "";
  fieldsOf(form)[0].focus();
});

// It did not get there: what was sent stands in the form again, where nothing else was typed since.
function giveBack({ detail: { ctx } }) {
  // One with something wrong comes back by itself.
  if (!ctx?.sent || ctx.response?.status === 422) return;
  const form = ctx.sourceElement;
  form.classList.remove("sent");
  if (fieldsOf(form).every((field) => !field.value)) fieldsOf(form).forEach((field, at) => field.value = ctx.sent[at]);
}
document.addEventListener("htmx:error", giveBack);
document.addEventListener("htmx:response:error", giveBack);

document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
  if (!ctx.sent) {
    if (ctx.target?.matches?.(".quick-place")) waiting = null; // opened anew
  } else if (ctx.sourceElement.isConnected && (ctx.response.status < 300 || ctx.response.status === 422)) {
    const typed = held(ctx.sourceElement);
    if (typed.values.some(Boolean)) waiting = typed;
  }
});
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (!ctx.sent || !waiting) return;
  const form = ctx.target.querySelector?.("form.quick");
  // One that came back with something wrong is put right first.
  if (!form || form.querySelector("[aria-invalid]")) return;
  const fields = fieldsOf(form);
  fields.forEach((field, at) => field.value = waiting.values[at] ?? "");
  fields[waiting.focus]?.focus();
  waiting = null;
});
