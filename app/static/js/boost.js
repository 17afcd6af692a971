const UNBOOSTED = '[hx-boost="false"], [hx-boost\\:inherited="false"]';
const SPEAKS = "[hx-get], [hx-post], [hx-put], [hx-patch], [hx-delete], [hx-query], [hx-action]";

// Links are boosted, forms that send something are not: they say themselves what htmx is to do with them.
// (A boosted POST that is refused would leave its address in the address bar.)
document.addEventListener("htmx:before:init", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement)) return;
  if (!form.matches(SPEAKS) && form.method !== "get") event.preventDefault();
});

// A board has four hundred links, and one of them is pressed: each is taken up when it is, before htmx hears of it.
let pressed;
document.addEventListener("htmx:before:init", (event) => {
  const link = event.target;
  if (link instanceof HTMLAnchorElement && link !== pressed && !link.matches(SPEAKS)) event.preventDefault();
});
document.addEventListener("click", (event) => {
  pressed = event.target.closest?.("a[href]");
  // A press for a new tab is the browser's. Where htmx has taken the link up it would keep that from it, and do nothing.
  if (pressed && (event.ctrlKey || event.metaKey || event.shiftKey)) {
    if (pressed.matches("[data-htmx-powered]") && !pressed.closest(UNBOOSTED)) event.preventDefault = () => {};
  } else if (pressed) htmx.process(pressed);
  pressed = undefined;
}, true);

// Of all that comes into a page htmx looks at every attribute, for scripts that ours have none of, and asks of every
// link what it inherits: half of all the time that scripts took on a board. So it gets what speaks for itself, and
// forms, one after the other; and what is pressed.
const TAKEN_UP = `${SPEAKS}, form`;

function takeUp(part) {
  for (const one of part.querySelectorAll(TAKEN_UP)) htmx.process(one);
}

// htmx takes a page up a moment after it is there. What is pressed in that moment, by a key of ours too, would leave
// the page instead of changing it; so all is taken up at once, and not once more when its own turn comes.
let hasLooked = false;
document.addEventListener("htmx:before:process", (event) => {
  const part = event.target;
  if (part === pressed || part.matches(TAKEN_UP)) return;
  event.preventDefault();
  if (hasLooked || part !== document.body) takeUp(part);
});
queueMicrotask(() => {
  takeUp(document.body);
  setTimeout(() => { hasLooked = true; });
});

// <html> outlives a change of page; what a page says about it is copied there.
document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx.target !== document.body || !document.body.dataset.root) return;
  for (const [name, value] of Object.entries(JSON.parse(document.body.dataset.root))) {
    if (value) document.documentElement.setAttribute(name, value);
    else document.documentElement.removeAttribute(name);
  }
});
