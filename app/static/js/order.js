// A row is dragged by its grip to another place among its equals; the row's own form says where it stands then.
customElements.define("crm-order", class extends HTMLElement {
  connectedCallback() {
    this.onpointerdown = (event) => {
      const row = event.button === 0 && event.target.closest(".grip")?.closest("tr, li");
      if (!row) return;
      event.preventDefault();
      this.carry(row);
    };
  }

  carry(row) {
    const next = row.nextElementSibling;
    const before = above(row);
    row.classList.add("lifted");
    const stop = () => {
      row.classList.remove("lifted");
      for (const [name, does] of Object.entries(doing)) document.removeEventListener(name, does);
    };
    const putBack = () => row.parentElement?.insertBefore(row, next);
    const doing = {
      pointermove: (event) => this.place(row, event.clientY),
      pointerup: () => {
        stop();
        if (above(row) !== before) drop(row, putBack);
      },
      pointercancel: () => { stop(); putBack(); },
      keydown: (event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        stop();
        putBack();
      },
    };
    for (const [name, does] of Object.entries(doing)) document.addEventListener(name, does);
  }

  // Above the first equal whose middle is below the pointer, else below the last with all that hangs on it.
  place(row, y) {
    const others = equals(row).filter((other) => other !== row);
    const below = others.find((other) => middle(other) > y);
    const target = below ?? end(others.at(-1));
    if (target === row || target === row.nextElementSibling) return;
    row.parentElement.insertBefore(row, target);
    row.scrollIntoView({ block: "nearest" });
  }
});

function equals(row) {
  return [...row.parentElement.children].filter((other) => other.id && other.dataset.within === row.dataset.within);
}

function above(row) {
  const all = equals(row);
  return all[all.indexOf(row) - 1];
}

function middle(row) {
  const { top, height } = row.getBoundingClientRect();
  return top + height / 2;
}

function end(row) {
  let next = row.nextElementSibling;
  while (next && Number(next.dataset.depth) > Number(row.dataset.depth)) next = next.nextElementSibling;
  return next;
}

function drop(row, putBack) {
  const form = row.querySelector(".place-form");
  const field = form.querySelector("input[name=above]");
  // What stands above the first of a page is on the page before.
  const before = equals(row).map((other) => other.dataset.above).find(Boolean);
  field.value = above(row)?.id.split("-").at(-1) ?? before ?? "0";
  field.disabled = false;
  form.addEventListener("htmx:finally:request", (event) => {
    field.disabled = true;
    if (!event.detail.ctx.response || event.detail.ctx.response.status >= 400) putBack();
  }, { once: true });
  form.requestSubmit();
}
