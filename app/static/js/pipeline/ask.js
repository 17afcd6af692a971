// What is asked or offered about a card, in its place: its menu, the reason it was lost, what a stage requires.
function show(popover, card) {
  popover.ariaLabel = card.querySelector(".card-name")?.textContent.trim();
  if (!popover.matches(":popover-open")) popover.showPopover({ source: card });
  const first = popover.querySelector("[autofocus], [aria-invalid=true], input:not([type=hidden]), select, a, button");
  if (!popover.contains(document.activeElement)) first?.focus({ preventScroll: true });
}

const isOfBoard = (element) => element?.closest?.(".board-page");

document.addEventListener("click", (event) => {
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || !isOfBoard(event.target)) return;
  const card = event.target.closest(".card");
  const board = card?.closest("crm-board");
  const menu = event.target.closest(".card-menu");
  const one = menu ?? event.target.closest(".card .act[href]") ?? event.target.closest(".card .stars[formaction]");
  const way = event.target.closest("#ask [data-leave]");
  if (!one && !way) return;
  event.preventDefault();
  event.stopPropagation();
  if (way) document.getElementById("ask").hidePopover();
  else if (menu) board.offer(card);
  else if (one.matches(".act")) board.send(card, "GET", one.getAttribute("href"));
  else board.send(card, "POST", one.getAttribute("formaction"), { priority: one.value });
}, true);

// What asked may be gone when the answer comes.
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  ctx.isAnswer = Boolean(ctx.sourceElement.closest?.("#ask"));
});

document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = event.detail;
  const ask = document.getElementById("ask");
  if (!isOfBoard(ask)) return;
  if (ctx.menuOf) {
    ask.dataset.card = ctx.menuOf.id; // what is chosen there may ask
    const menu = document.getElementById("card-menu");
    const columns = ctx.isMove && menu.querySelector("details");
    if (columns) columns.open = true;
    show(menu, ctx.menuOf);
    if (columns) columns.querySelector("button:not([aria-current])")?.focus({ preventScroll: true });
  }
  if (ctx.isAnswer && !ask.matches(":popover-open")) {
    ask.replaceChildren(); // left while its answer was on the way
  } else if (ask.childElementCount) {
    if (ctx.moved) ask.dataset.card = ctx.moved.card.id;
    show(ask, document.getElementById(ask.dataset.card));
  } else if (ask.matches(":popover-open")) {
    // Answered: what was asked about stands where the answer put it.
    const board = document.querySelector("crm-board");
    board.asked = null;
    ask.hidePopover();
    board.refocus();
  }
});

// Left without an answer: the card goes back.
document.addEventListener("toggle", (event) => {
  const popover = event.target;
  if (event.newState !== "closed" || !popover.matches?.("#ask, #card-menu") || !isOfBoard(popover)) return;
  if (popover.id === "ask") document.querySelector("crm-board").unask();
  popover.replaceChildren();
}, true);

// Arrows go through a menu.
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("#card-menu");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!menu || !step) return;
  event.preventDefault();
  const items = [...menu.querySelectorAll("a, button, summary")].filter((item) => item.checkVisibility());
  items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
});
