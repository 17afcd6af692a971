// A field that is edited where it stands: Escape leaves it, as its link does; Tab keeps it and goes on to the next.
const TYPED = "input:not([type=hidden], [type=checkbox]), select, textarea";
let next;

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  const leave = event.target.closest?.("form")?.querySelector("[data-leave]");
  if (!leave) return;
  event.preventDefault();
  leave.click();
});

// Enter saves, also from a list to choose from.
document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("form[data-inline]");
  if (event.key !== "Enter" || event.defaultPrevented || !form || !event.target.matches("select")) return;
  event.preventDefault();
  form.requestSubmit();
});

// The fact after this one, or before it, of those that stand open to be seen.
function beside(fact, step) {
  const facts = [...document.querySelectorAll(".facts .fact")]
    .filter((one) => one === fact || (one.querySelector("[data-edit]") && one.checkVisibility()));
  return facts[facts.indexOf(fact) + step];
}

function isChanged(field) {
  if (field.matches("select")) return [...field.options].some((option) => option.selected !== option.defaultSelected);
  return field.value !== field.defaultValue;
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Tab" || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
  const form = event.target.closest?.(".fact form[data-inline]");
  const fields = [...(form?.querySelectorAll(TYPED) ?? [])];
  if (!form || event.target !== fields.at(event.shiftKey ? 0 : -1)) return;
  const other = beside(form.closest(".fact"), event.shiftKey ? -1 : 1);
  if (!other) return;
  event.preventDefault();
  next = other.id;
  if (form.querySelector("[aria-invalid]") || fields.some(isChanged)) form.requestSubmit();
  else form.querySelector("[data-leave]").click();
});

// What was saved may come back with all of the page: it is no longer kept as it was typed.
document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
  if (ctx.response?.status === 200 && ctx.sourceElement.matches?.("form[data-inline]")) {
    ctx.sourceElement.closest("[hx-morph-skip]")?.removeAttribute("hx-morph-skip");
  }
});

// Where the whole of a case came back, the fact that was saved is gone on from.
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  ctx.savedFact = ctx.sourceElement.matches?.("form[data-inline]") ? ctx.sourceElement.closest(".fact")?.id : undefined;
});

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const id = next;
  next = undefined;
  if (ctx.savedFact && document.activeElement === document.body) document.getElementById(ctx.savedFact)?.querySelector("[data-edit]")?.focus();
  // What stands in a field that has just come is what one may want to write over; names offered to it come meanwhile.
  const field = document.activeElement;
  const isNew = field?.matches?.("form[data-inline] input") && !field.form.contains(ctx.sourceElement);
  if (isNew && ctx.response?.status === 200) field.select();
  if (id && ctx.response?.status === 200) document.getElementById(id)?.querySelector("[data-edit]")?.click();
});
