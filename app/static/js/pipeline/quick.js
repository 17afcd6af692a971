// The small form of a new card: one at a time, Esc leaves it.
document.addEventListener("keydown", (event) => {
  const quick = event.target.closest?.(".quick-place");
  if (event.key !== "Escape" || !quick) return;
  event.preventDefault();
  quick.closest(".col").querySelector(".add").focus();
  quick.replaceChildren();
});
document.addEventListener("htmx:before:swap", (event) => {
  const target = event.detail.ctx.target;
  if (!target?.matches?.(".quick-place")) return;
  for (const other of document.querySelectorAll(".quick-place")) if (other !== target) other.replaceChildren();
  if (!event.detail.ctx.sent) waiting.length = 0; // opened anew
});

// Whoever adds one after the other types on while the last is on its way, and may have sent the next. So the form stays
// where it is: once it is read it is empty, with a key of its own, and ready for the next. What did not get there, and
// what was typed on while something wrong came back, waits until the form has room for it.
const waiting = [];
const fieldsOf = (form) => [...form.querySelectorAll("input.input")];
const isBlank = (form) => fieldsOf(form).every(({ value }) => !value);

function held(form) {
  return { key: form.elements.once.value, values: fieldsOf(form).map(({ value }) => value) };
}

function fill(form, { key, values }) {
  form.elements.once.value = key;
  fieldsOf(form).forEach((field, at) => { field.value = values[at]; });
}

function empty(form) {
  const key = [...crypto.getRandomValues(new Uint8Array(16))].map((each) => each.toString(16).padStart(2, "0")).join("");
  fill(form, { key, values: fieldsOf(form).map(() => "") });
  for (const sentence of form.querySelectorAll(".wrong")) sentence.remove();
  for (const field of fieldsOf(form)) field.removeAttribute("aria-invalid");
}

document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = event.detail;
  const form = ctx.sourceElement;
  if (!form.matches?.("form.quick")) return;
  // Enter was pressed twice.
  if (form.underway && isBlank(form)) return event.preventDefault();
  ctx.sent = held(form);
  form.underway = (form.underway ?? 0) + 1;
  empty(form);
  if (waiting.length) fill(form, waiting.shift());
  fieldsOf(form)[0].focus();
});
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  if (ctx.sent) ctx.sourceElement.underway -= 1;
});

function giveBack({ detail: { ctx } }) {
  // One with something wrong comes back by itself.
  if (!ctx?.sent || ctx.response?.status === 422) return;
  if (isBlank(ctx.sourceElement)) fill(ctx.sourceElement, ctx.sent);
  else waiting.unshift(ctx.sent);
}
document.addEventListener("htmx:error", giveBack);
document.addEventListener("htmx:response:error", giveBack);

document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
  if (ctx.sent && ctx.response.status === 422 && !isBlank(ctx.sourceElement)) waiting.unshift(held(ctx.sourceElement));
});
