// Dragging by mouse at once, by touch after a long press: a scroll never lifts a card.
const NUDGE = 5;
const STRAYS = 9;
const LONG = 400;
const EDGE = 44;
const TURNS = 450; // how long one waits at the edge of a phone for the next column
let press;
let drag;

function begin() {
  const { card, x, y, pointer } = press;
  const board = card.closest("crm-board");
  const box = card.getBoundingClientRect();
  const shown = document.createElement("ol");
  shown.className = "carried";
  shown.inert = true;
  const copy = shown.appendChild(card.cloneNode(true));
  copy.removeAttribute("id");
  copy.classList.add("lifted");
  shown.style.width = `${box.width}px`;
  card.style.height = `${box.height}px`;
  drag = { board, card, shown, x, y, dx: x - box.left, dy: y - box.top, isMoved: true };
  stop();
  board.setPointerCapture(pointer);
  board.lift(card);
  board.page.append(shown);
  getSelection().removeAllRanges();
  drag.frame = requestAnimationFrame(follow);
}

// Once a frame: the card under the finger, its place among the others, and what lies beyond the edge.
function follow() {
  const { shown, x, y, dx, dy } = drag;
  shown.style.transform = `translate(${x - dx}px, ${y - dy}px)`;
  if (scroll() || drag.isMoved) seek();
  drag.isMoved = false;
  drag.frame = requestAnimationFrame(follow);
}

function seek() {
  const { board, card, x, y } = drag;
  const zone = document.elementFromPoint(x, y)?.closest(".zone");
  drag.zone = zone;
  if (zone) return board.aim(zone);
  // However short a column is, below it is still in it.
  const column = board.columns.find((each) => {
    const box = each.getBoundingClientRect();
    return box.left <= x && x <= box.right;
  });
  const list = (column ?? card.closest(".col")).querySelector(".cards");
  const below = [...list.querySelectorAll(":scope > .card:not(.slot)")].find((each) => {
    const box = each.getBoundingClientRect();
    return y < box.top + box.height / 2;
  });
  return board.carry(list, below ?? list.querySelector(":scope > .more"));
}

function scroll() {
  const { board, card, x, y } = drag;
  const box = board.getBoundingClientRect();
  const side = x < Math.max(box.left, 0) + EDGE ? -1 : x > Math.min(box.right, innerWidth) - EDGE ? 1 : 0;
  if (board.isNarrow) turn(side);
  else if (side) board.scrollLeft += side * 14;
  const list = board.isNarrow ? document.scrollingElement : card.parentElement;
  const top = board.isNarrow ? EDGE : list.getBoundingClientRect().top;
  const foot = board.page.querySelector(".zones").getBoundingClientRect().top;
  const up = y < top + EDGE ? -1 : y > foot - EDGE && y < foot ? 1 : 0;
  const was = list.scrollTop;
  if (up && !drag.zone) list.scrollTop += up * 10;
  return Boolean(side) || list.scrollTop !== was;
}

// A phone shows one column: at the edge the next one comes, one at a time.
function turn(side) {
  if (!side) drag.turnsAt = 0;
  else if (!drag.turnsAt) drag.turnsAt = performance.now() + TURNS;
  else if (performance.now() > drag.turnsAt) {
    drag.turnsAt = performance.now() + 2 * TURNS;
    drag.board.scrollBy({ left: side * drag.board.clientWidth, behavior: "smooth" });
  }
}

function stop() {
  clearTimeout(press?.timer);
  press = null;
}

function end(isDropped) {
  if (isDropped) seek();
  const { board, card, shown, frame, zone } = drag;
  cancelAnimationFrame(frame);
  shown.remove();
  card.style.height = "";
  drag = null;
  if (!isDropped) board.leave();
  else if (zone) board.drop(zone);
  else board.put();
  // The click that follows belongs to the drag.
  const swallow = (event) => { event.preventDefault(); event.stopPropagation(); };
  addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", swallow, { capture: true }), 50);
}

document.addEventListener("pointerdown", (event) => {
  if (drag || event.button || !event.isPrimary) return;
  const card = event.target.closest("crm-board .card");
  if (!card || card.matches(".saving") || event.target.closest("button, a:not(.card-name)")) return;
  if (card.closest("crm-board").lifted) return;
  const { clientX: x, clientY: y, pointerId: pointer } = event;
  press = { card, x, y, pointer, isTouch: event.pointerType === "touch" };
  if (press.isTouch) press.timer = setTimeout(() => { navigator.vibrate?.(12); begin(); }, LONG);
});

document.addEventListener("pointermove", (event) => {
  const { clientX: x, clientY: y } = event;
  if (drag) Object.assign(drag, { x, y, isMoved: true });
  if (!press) return;
  const far = Math.hypot(x - press.x, y - press.y);
  if (press.isTouch ? far > STRAYS : !event.buttons) stop();
  else if (!press.isTouch && far > NUDGE) {
    begin();
    Object.assign(drag, { x, y });
  }
});

document.addEventListener("pointerup", (event) => {
  stop();
  if (!drag) return;
  Object.assign(drag, { x: event.clientX, y: event.clientY });
  end(true);
});
document.addEventListener("pointercancel", () => {
  stop();
  if (drag) end(false);
});
document.addEventListener("keydown", (event) => {
  if (!drag || event.key !== "Escape") return;
  event.preventDefault();
  end(false);
});
document.addEventListener("touchmove", (event) => drag && event.preventDefault(), { passive: false });
document.addEventListener("contextmenu", (event) => (drag || press?.isTouch) && event.preventDefault());
document.addEventListener("dragstart", (event) => event.target.closest?.("crm-board .card") && event.preventDefault());
