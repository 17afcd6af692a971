// A form is not left half typed without a question, which its data-unsaved holds.
const typed = new WeakSet();
let saved;
let here;

// One that came back with something wrong holds what was typed, too.
function unsaved() {
  const forms = [...document.querySelectorAll("form[data-unsaved]")];
  return forms.find((form) => form !== saved && (typed.has(form) || form.querySelector("[data-errors], [aria-invalid=true]")));
}

function note(form) {
  typed.add(form);
  if (saved === form) saved = undefined;
  here = location.href;
}

// Answers whether one may go; who goes is asked once.
function mayLeave() {
  const form = unsaved();
  if (form && !confirm(form.dataset.unsaved)) return false;
  if (form) saved = form;
  return true;
}

document.addEventListener("input", ({ target }) => {
  if (target.form?.matches("[data-unsaved]")) note(target.form);
});

// What leads away from within the form, such as Leave, is meant.
document.addEventListener("htmx:before:request", (event) => {
  const { ctx } = event.detail;
  const form = ctx.sourceElement.closest?.("form[data-unsaved]");
  if (form) {
    if (ctx.request.method === "POST") note(form); // a row was added, or it is being saved
  } else if (ctx.target === document.body && !mayLeave()) event.preventDefault();
});

document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (ctx.sourceElement.matches?.("form[data-unsaved]") && ctx.response.status < 300) saved = ctx.sourceElement;
});

// Back has changed the address already: it is put back, if one stays.
document.addEventListener("htmx:before:history:restore", (event) => {
  if (mayLeave()) return;
  event.preventDefault();
  history.pushState({ htmx: true }, "", here);
});

addEventListener("beforeunload", (event) => {
  if (unsaved()) event.preventDefault();
});
