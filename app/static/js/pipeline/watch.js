// What others do appears on a board while nothing of it is in the hand.
const A_LOAD = 20;

function isWriting() {
  return document.activeElement?.matches?.("crm-board input, crm-board textarea, crm-board select");
}

// What is shown: the mark of each column, and of those that were scrolled how many cards.
function shown(board) {
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

const places = (board) => new Map([...board.querySelectorAll(".card")].map((card) => [card.id, card.closest(".col").id]));

async function draw(board, text) {
  const before = places(board);
  await htmx.swap({ text, target: board, swap: "none", sourceElement: board });
  for (const [id, column] of places(board)) if (before.get(id) !== column) document.getElementById(id).classList.add("fresh");
}

document.dispatchEvent(new CustomEvent("crm:asks", { detail: {
  question() {
    const board = document.querySelector("crm-board");
    return board && !board.isBusy && !isWriting() ? `${board.dataset.changes}?${shown(board)}` : undefined;
  },
  async answer(response, question) {
    if (!response.ok) return;
    const text = await response.text();
    // An answer about what is no longer shown is late.
    if (this.question() !== question) return;
    const board = document.querySelector("crm-board");
    const { "board-marked": marked } = JSON.parse(response.headers.get("HX-Trigger") ?? "{}");
    if (marked) board.dataset.token = marked.token;
    if (response.status === 200 && text) await draw(board, text);
  },
} }));

document.addEventListener("animationend", (event) => event.target.classList.remove("fresh"));
