// The board. A card goes at once where it is wanted and the move is sent; what the server answers is the truth,
// and what fails or is refused puts the card back and says why.
const isNarrow = matchMedia("(width < 768px)");

customElements.define("crm-board", class extends HTMLElement {
  connectedCallback() {
    this.words = JSON.parse(this.dataset.words);
    this.arrange();
    this.watcher = new MutationObserver(() => this.arrange());
    this.watcher.observe(this, { childList: true, subtree: true });
  }

  disconnectedCallback() {
    this.watcher.disconnect();
  }

  get page() {
    return this.closest(".board-page");
  }

  get columns() {
    return [...this.querySelectorAll(".col")].filter((column) => column.checkVisibility());
  }

  get isNarrow() {
    return isNarrow.matches;
  }

  // Is somebody in the middle of something that must not be drawn anew under their hands?
  get isBusy() {
    return Boolean(this.lifted || this.querySelector(".saving") || this.page.querySelector("#ask:popover-open, #card-menu:popover-open"));
  }

  cardsOf(column) {
    return [...column.querySelectorAll(".cards > .card")];
  }

  nameOf(element) {
    return element.querySelector(".card-name, h2").textContent.trim();
  }

  say(word, values) {
    const sentence = this.words[word].replace(/\{(\w+)\}/g, (_whole, name) => values[name]);
    document.getElementById("said").textContent = sentence;
  }

  // Tab stops once in each column, at the card that had the focus last; from there it goes into the card's buttons.
  arrange() {
    for (const column of this.querySelectorAll(".col")) {
      const cards = this.cardsOf(column);
      const stop = cards.find((card) => card.id === column.dataset.stop) ?? cards[0];
      for (const card of cards) {
        for (const each of card.querySelectorAll("a, button")) each.tabIndex = card === stop ? 0 : -1;
      }
    }
  }

  focusOn(card) {
    card?.querySelector(".card-name").focus({ preventScroll: true });
    card?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  // The card that had the focus was drawn anew, or is gone or out of sight: on it, or on the one that took its place.
  refocus() {
    const here = document.activeElement;
    if (!this.at || (here !== document.body && here.checkVisibility())) return;
    const cards = this.at.map((id) => document.getElementById(id));
    this.focusOn(cards.find((card) => this.contains(card) && card.checkVisibility()));
  }

  // Lifted, carried and put down, by whatever means

  // In the hand of a pointer a copy follows and the card holds its place; by keys the card itself is carried.
  lift(card, look = "slot") {
    const { parentElement: list, nextElementSibling: next, previousElementSibling: last } = card;
    this.lifted = { card, list, next, last };
    card.classList.add(look);
    this.classList.add("dragging");
    this.page.querySelector(".zones").hidden = false;
  }

  carry(list, before = null) {
    const { card } = this.lifted;
    if (card.parentElement !== list || card.nextElementSibling !== before) move(card, list, before);
    this.aim(list.closest(".col"));
  }

  aim(target) {
    for (const each of this.page.querySelectorAll(".target, .over")) each.classList.remove("target", "over");
    target?.classList.add(target.matches(".zone") ? "over" : "target");
  }

  put() {
    const lifted = this.land();
    const { card, list, next } = lifted;
    if (card.parentElement === list && card.nextElementSibling === next) return;
    const above = previousCard(card)?.id.slice(5) ?? "";
    const { column } = card.closest(".col").dataset;
    const values = { by: this.dataset.by, column, above, version: card.dataset.version };
    this.send(card, "POST", `${this.dataset.cards}/${card.id.slice(5)}/place?${this.dataset.query}`, values, lifted);
  }

  drop(zone) {
    const lifted = this.land();
    putBack(lifted);
    lifted.card.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.do(lifted.card, zone.dataset.act, "asks" in zone.dataset);
  }

  leave() {
    putBack(this.land());
  }

  land() {
    const { lifted } = this;
    this.lifted = null;
    lifted.card.classList.remove("slot", "lifted");
    this.classList.remove("dragging");
    this.page.querySelector(".zones").hidden = true;
    this.aim(null);
    return lifted;
  }

  // Sent

  // An act on the case of a card, by its word in the address: asked in place first, or done.
  do(card, act, asks, values) {
    this.send(card, asks ? "GET" : "POST", `${this.dataset.cases}/${card.id.slice(5)}/${act}`, values);
  }

  // All that can be done to a card, in a menu beside it; open at the columns, if it is to go to one of them.
  offer(card, isMove = false) {
    const way = card.querySelector(".card-menu").getAttribute("href");
    htmx.ajax("GET", way, { source: card, target: "#card-menu", swap: "innerHTML", menuOf: card, isMove });
  }

  send(card, method, path, values, lifted) {
    if (method === "POST") {
      card.classList.add("saving");
      this.acted = card.id;
    }
    for (const refusal of document.querySelectorAll("#alerts crm-toast:not(:has([data-again]))")) refusal.remove();
    const moved = { board: this, card, lifted };
    const broken = lifted && this.words.broken;
    htmx.ajax(method, path, { source: card, target: "#ask", swap: "innerHTML", values, moved, broken });
  }

  // What was asked is left without an answer.
  unask() {
    if (this.asked) putBack(this.asked);
    this.asked = null;
  }

  // The answer is here, or there will be none.
  end({ card, lifted }, method, status) {
    card.classList.remove("saving");
    if (status === 422 || (method === "GET" && status < 300)) {
      this.asked = lifted;
      return;
    }
    if (!(status < 300) && lifted) putBack(lifted);
    this.refocus();
  }
});

function move(card, list, before) {
  if (list.moveBefore && card.isConnected) list.moveBefore(card, before);
  else list.insertBefore(card, before);
}

function previousCard(card) {
  const last = card.previousElementSibling;
  return last?.matches(".card") ? last : null;
}

// Where it was, unless the server has drawn it anew meanwhile.
function putBack({ card, list, next, last }) {
  if (!card.isConnected || !list.isConnected) return;
  const before = next?.parentElement === list ? next : last?.parentElement === list ? last.nextElementSibling : list.firstElementChild;
  if (before !== card) move(card, list, before);
}

document.addEventListener("htmx:finally:request", (event) => {
  const { moved, request, response } = event.detail.ctx;
  moved?.board.end(moved, request.method, response?.status);
});

// What was refused is said where the eye is: the card springs back, and a toast tells why.
document.addEventListener("htmx:response:error", (event) => {
  const { ctx } = event.detail;
  if (!ctx.sourceElement.closest?.("crm-board, #ask, #card-menu") || ![400, 403, 404, 409].includes(ctx.response.status)) return;
  const sentence = new DOMParser().parseFromString(ctx.text, "text/html").querySelector(".note-box p")?.textContent;
  if (sentence) document.dispatchEvent(new CustomEvent("crm:failed", { detail: { sentence } }));
});

// A morph takes the stops away that the server knows nothing of. What was taken back is gone on with.
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const board = document.querySelector("crm-board");
  board?.arrange();
  const back = ctx.sourceElement?.closest?.("crm-toast") && document.getElementById(board?.acted);
  const here = document.activeElement;
  if (back?.checkVisibility() && board.contains(back) && (here === document.body || board.contains(here))) board.focusOn(back);
  else board?.refocus();
});

document.addEventListener("focusin", (event) => {
  const card = event.target.closest?.("crm-board .card");
  if (!card) return;
  const board = card.closest("crm-board");
  board.at = [card, card.nextElementSibling, card.previousElementSibling].map((each) => each?.id);
  const column = card.closest(".col");
  if (column.dataset.stop === card.id) return;
  column.dataset.stop = card.id;
  board.arrange();
});

// Looking elsewhere ends that, but not what is asked about the card.
document.addEventListener("focusout", ({ target }) => {
  const board = target.closest?.("crm-board");
  if (!board) return;
  setTimeout(() => {
    if (target.isConnected && !document.activeElement.closest("crm-board .card, #ask, #card-menu")) board.at = null;
  });
});
