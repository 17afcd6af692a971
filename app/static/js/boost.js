// Links are boosted, forms that send something are not: they say themselves what htmx is to do with them.
// (A boosted POST that is refused would leave its address in the address bar.)
document.addEventListener("htmx:before:init", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement)) return;
  const speaks = ["hx-post", "hx-get", "hx-put", "hx-patch", "hx-delete"].some((name) => form.hasAttribute(name));
  if (!speaks && form.method !== "get") event.preventDefault();
});

// htmx takes the page up a moment after it is there. What is pressed in that moment, by a key of ours too, would
// leave the page instead of changing it; so the page is taken up as soon as all of this script has been read.
queueMicrotask(() => htmx.process(document.body));

// <html> outlives a change of page; what a page says about it is copied there.
document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx.target !== document.body || !document.body.dataset.root) return;
  for (const [name, value] of Object.entries(JSON.parse(document.body.dataset.root))) {
    if (value) document.documentElement.setAttribute(name, value);
    else document.documentElement.removeAttribute(name);
  }
});
