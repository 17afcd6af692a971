// Who comes back finds a page as they left it: scrolled where it was, with the focus on what led away from it.
const BACK = "HX-History-Restore-Request";
const left = new Map();
let here = location.href;

const rolls = () => [document.scrollingElement, ...document.querySelectorAll("main, main [id]")];

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  if (ctx.target !== document.body) return;
  const isBack = ctx.request.headers[BACK];
  const places = rolls().filter((one) => one.scrollTop || one.scrollLeft)
    .map((one) => [one.id, one.scrollTop, one.scrollLeft]);
  const way = isBack ? null : ctx.sourceElement.closest?.("main a[href]")?.getAttribute("href");
  // Back has changed the address already.
  left.set(isBack ? here : location.href, { places, way });
});
document.addEventListener("htmx:after:history:update", () => { here = location.href; });

function roll(places) {
  for (const [id, top, start] of places) {
    (id ? document.getElementById(id) : document.scrollingElement)?.scrollTo({ top, left: start, behavior: "instant" });
  }
}

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.target !== document.body) return;
  here = location.href;
  const { places = [], way } = (ctx.request.headers[BACK] && left.get(here)) || {};
  if (way) document.querySelector(`main a[href="${CSS.escape(way)}"]`)?.focus({ preventScroll: true });
  roll(places);
  // Columns find their place once their script has seen them.
  requestAnimationFrame(() => requestAnimationFrame(() => roll(places)));
});
