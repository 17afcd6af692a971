// On a phone one column is shown at a time; the pills above say which, and go to the others.
let frame;

function mark(board) {
  const pills = [...document.querySelectorAll(".stage-switch a")];
  const middle = board.scrollLeft + board.clientWidth / 2;
  const here = [...board.querySelectorAll(".col")].find((column) => column.offsetLeft + column.offsetWidth > middle);
  for (const pill of pills) {
    const isHere = pill.hash === `#${here?.id}`;
    if (isHere === pill.hasAttribute("aria-current")) continue;
    pill.toggleAttribute("aria-current", isHere);
    if (isHere) {
      pill.setAttribute("aria-current", "true");
      const { parentElement: row } = pill;
      row.scrollTo({ left: pill.offsetLeft - (row.clientWidth - pill.offsetWidth) / 2, behavior: "smooth" });
    }
  }
}

document.addEventListener("scroll", (event) => {
  if (!event.target.matches?.("crm-board") || !event.target.isNarrow) return;
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(() => mark(event.target));
}, true);

document.addEventListener("click", (event) => {
  const pill = event.target.closest?.(".stage-switch a");
  const column = pill && document.getElementById(pill.hash.slice(1));
  if (!column) return;
  event.preventDefault();
  const board = column.closest("crm-board");
  board.scrollTo({ left: column.offsetLeft - parseFloat(getComputedStyle(board).paddingLeft), behavior: "smooth" });
});

// Folded columns stay folded, for each person and each way of making columns.
const memory = (board) => `folded:${document.body.dataset.user}:${board.dataset.by}`;

function remembered(board) {
  try {
    return JSON.parse(localStorage.getItem(memory(board))) ?? {};
  } catch {
    return {};
  }
}

customElements.whenDefined("crm-board").then(() => {
  const recall = () => {
    const board = document.querySelector("crm-board:not([data-recalled])");
    if (!board) return;
    board.dataset.recalled = "";
    for (const [id, isFolded] of Object.entries(remembered(board))) {
      document.getElementById(id)?.classList.toggle("folded", isFolded);
    }
  };
  recall();
  document.addEventListener("htmx:after:swap", recall);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("crm-board [data-fold]");
  if (!button) return;
  event.preventDefault();
  const column = button.closest(".col");
  const board = column.closest("crm-board");
  const isFolded = column.classList.toggle("folded");
  localStorage.setItem(memory(board), JSON.stringify({ ...remembered(board), [column.id]: isFolded }));
  column.querySelector(isFolded ? ".unfold" : ".tools").focus();
});
