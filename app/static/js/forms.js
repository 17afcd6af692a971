// A form is sent once, however often its button is pressed, and its button says that it is on its way.
const SPINS_AFTER = 150;
const FORGOTTEN_AFTER = 15000;
const spinning = new WeakMap();

function buttonOf(ctx) {
  const { sourceElement: source, request } = ctx;
  if (request.submitter) return request.submitter;
  if (source.matches("button")) return source;
  return source.matches("form") ? source.querySelector("button:not([type=button])") : null;
}

function spin(button) {
  spinning.set(button, setTimeout(() => button.setAttribute("aria-busy", "true"), SPINS_AFTER));
}

function rest(button) {
  clearTimeout(spinning.get(button));
  button.removeAttribute("aria-busy");
}

document.addEventListener("htmx:before:request", (event) => {
  const button = buttonOf(event.detail.ctx);
  if (!button) return;
  event.detail.ctx.button = button;
  spin(button);
});
document.addEventListener("htmx:finally:request", (event) => {
  if (event.detail.ctx.button) rest(event.detail.ctx.button);
});

// Plain forms, which leave the page.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "true";
  if (event.submitter) spin(event.submitter);
  setTimeout(() => forget(form), FORGOTTEN_AFTER);
});

function forget(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("button")) rest(button);
}

// Back to a page that was put aside whole: its forms can be sent again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) forget(form);
});

// Ctrl Enter saves or sends.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return;
  const form = event.target.closest?.("form");
  if (!form || form.closest("crm-palette")) return;
  event.preventDefault();
  form.requestSubmit();
});
