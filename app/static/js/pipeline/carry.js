// The same by keys: arrows walk the cards, Space lifts one, arrows carry it, Space puts it down, Esc puts it back.
const STEPS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0], Home: [0, -999], End: [0, 999] };
// Letters on the card that has the focus: what they do to its case, and whether that asks something first.
const ACTS = { a: ["assignment", true], p: ["activities", true], l: ["loss", true], w: ["win"], e: ["archive"] };

function placeOf(board, card) {
  const column = card.closest(".col");
  const cards = board.cardsOf(column);
  return { column, cards, at: cards.indexOf(card) };
}

function columnBeside(board, column, step) {
  const columns = board.columns.filter((each) => each === column || !each.matches(".folded, [data-unused]"));
  return columns[columns.indexOf(column) + step];
}

function walk(board, card, [aside, down]) {
  const { column, cards, at } = placeOf(board, card);
  if (down) return board.focusOn(cards[Math.min(Math.max(at + down, 0), cards.length - 1)]);
  for (let next = columnBeside(board, column, aside); next; next = columnBeside(board, next, aside)) {
    const theirs = board.cardsOf(next);
    if (theirs.length) return board.focusOn(theirs[Math.min(at, theirs.length - 1)]);
  }
}

function carry(board, card, [aside, down]) {
  const { column, cards, at } = placeOf(board, card);
  const target = aside ? columnBeside(board, column, aside) : column;
  if (!target) return;
  const others = board.cardsOf(target).filter((each) => each !== card);
  const to = Math.min(Math.max(at + down, 0), others.length);
  const list = target.querySelector(".cards");
  board.isCarrying = true;
  board.carry(list, others[to] ?? list.querySelector(":scope > .more"));
  board.isCarrying = false;
  board.focusOn(card);
  board.say("carried", { column: board.nameOf(target), place: to + 1, count: others.length + 1 });
}

function lift(board, card) {
  const { column, cards, at } = placeOf(board, card);
  board.lift(card, "lifted");
  board.carry(card.parentElement, card.nextElementSibling);
  board.say("lifted", { name: board.nameOf(card), column: board.nameOf(column), place: at + 1, count: cards.length });
}

function leave(board, card) {
  board.leave();
  board.focusOn(card);
  board.say("back", { name: board.nameOf(card) });
}

// With a card in the hands
function pressLifted(board, card, key) {
  if (STEPS[key]) carry(board, card, STEPS[key]);
  else if (key === " " || key === "Enter") {
    board.say("put", { name: board.nameOf(card), column: board.nameOf(card.closest(".col")) });
    board.put();
    board.focusOn(card);
  } else if (key === "Escape" || key === "Tab") leave(board, card);
  else return false;
  return true;
}

function pressCard(board, card, key) {
  if (STEPS[key]) walk(board, card, STEPS[key]);
  else if (key === " ") lift(board, card);
  else if (document.body.dataset.keys === "off" || card.matches(".saving")) return false;
  else if (ACTS[key.toLowerCase()]) board.do(card, ...ACTS[key.toLowerCase()]);
  else if ("0123".includes(key)) board.do(card, "priority", false, { priority: key });
  else if (key === "s" || key === "S") board.offer(card, true);
  else if (key === ">") {
    const next = columnBeside(board, card.closest(".col"), 1);
    if (!next) return true;
    board.lift(card);
    board.carry(next.querySelector(".cards"), board.cardsOf(next)[0]);
    board.put();
    board.focusOn(card);
  } else return false;
  return true;
}

// Whoever has just come to the page goes to its first card.
function enter(event) {
  const isNowhere = event.target.matches?.("body, #main");
  const isIn = event.key === "ArrowDown" || event.key === "ArrowRight"
    || (event.key === "j" && document.body.dataset.keys !== "off");
  const first = isNowhere && isIn && document.querySelector("crm-board .col:not(.folded) .card-name");
  if (!first) return;
  event.preventDefault();
  first.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  const card = event.target.closest?.("crm-board .card");
  if (!card) return enter(event);
  const board = card.closest("crm-board");
  const isOnName = event.target.matches(".card-name");
  const isDone = board.lifted?.card === card
    ? pressLifted(board, card, event.key)
    : (isOnName || !/^( |Arrow|Home|End)/.test(event.key)) && !board.lifted && pressCard(board, card, event.key);
  if (isDone) event.preventDefault();
}, true);

// Looking elsewhere puts it back.
document.addEventListener("focusout", (event) => {
  const board = event.target.closest?.("crm-board");
  if (!board?.lifted || board.isCarrying || board.page.querySelector(".carried")) return;
  const { card } = board.lifted;
  setTimeout(() => {
    if (board.lifted?.card === card && !card.contains(document.activeElement)) leave(board, card);
  });
});
