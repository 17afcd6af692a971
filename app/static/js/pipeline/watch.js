// What others do appears within seconds: a small question every four, only while somebody looks and nothing is in the hand.
const EVERY = 4000;
const A_LOAD = 20;
const SLOWEST = 60000;
let wait = EVERY;

function isWriting() {
  return document.activeElement?.matches?.("crm-board input, crm-board textarea, crm-board select");
}

// What is shown: the mark of each column, and of those that were scrolled how many cards.
function question(board) {
  const heads = [...board.querySelectorAll("[data-mark]")];
  const scrolled = heads.map(({ dataset, parentElement }) => [dataset.column, board.cardsOf(parentElement).length])
    .filter(([_key, count]) => count > A_LOAD);
  const query = new URLSearchParams(board.dataset.query);
  query.set("marks", heads.map(({ dataset }) => `${dataset.column}:${dataset.mark}`).join(","));
  if (scrolled.length) query.set("cards", scrolled.map((each) => each.join(":")).join(","));
  query.set("since", board.dataset.token);
  query.set("bell", document.getElementById("bell").dataset.mark);
  return String(query);
}

async function ask(board) {
  const asked = question(board);
  document.dispatchEvent(new CustomEvent("crm:asked"));
  const headers = { "HX-Request": "true", "HX-Request-Type": "partial", "HX-Current-URL": location.href };
  const response = await fetch(`${board.dataset.changes}?${asked}`, { headers });
  wait = response.ok ? EVERY : Math.min(wait * 2, SLOWEST);
  if (!response.ok) return;
  const text = await response.text();
  // An answer about what is no longer shown is late.
  if (!board.isConnected || board.isBusy || isWriting() || asked !== question(board)) return;
  const { "board-marked": marked } = JSON.parse(response.headers.get("HX-Trigger") ?? "{}");
  if (marked) board.dataset.token = marked.token;
  if (response.status === 200 && text) await draw(board, text);
}

const places = (board) => new Map([...board.querySelectorAll(".card")].map((card) => [card.id, card.closest(".col").id]));

async function draw(board, text) {
  const before = places(board);
  await htmx.swap({ text, target: board, swap: "none", sourceElement: board });
  for (const [id, column] of places(board)) if (before.get(id) !== column) document.getElementById(id).classList.add("fresh");
}

async function tick() {
  const board = document.querySelector("crm-board");
  try {
    if (board && !document.hidden && !board.isBusy && !isWriting()) await ask(board);
  } catch {
    wait = Math.min(wait * 2, SLOWEST);
  }
  setTimeout(tick, wait);
}

setTimeout(tick, wait);
document.addEventListener("animationend", (event) => event.target.classList.remove("fresh"));
