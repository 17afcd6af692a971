// What is typed into a field that has data-draft is kept by the server while one types, and when one leaves: a closed
// tab, a lost session or a killed server costs a second of it. The page that is opened next, anywhere, has it again.
const WAITS = 1000;
const TRIES_AGAIN_AFTER = 4000;
const unkept = new Map();
// On its way to the server, and not known to be there.
const onTheWay = new Map();
const ASIDE = "crm-draft ";
// Later than that the server's is the newer one.
const FOR = 30_000;
let timer;

function later(wait) {
  timer ??= setTimeout(keepAll, wait);
}

function say(field, name) {
  const place = field.form?.querySelector("[data-kept]");
  if (place) place.textContent = field.value.trim() || name === "unkept" ? place.dataset[name] : "";
}

// As htmx would ask: who is signed out is told so, and not led to another page.
function headers() {
  const token = JSON.parse(document.body.getAttribute("hx-headers:inherited") ?? "{}");
  return { ...token, "HX-Request": "true", "HX-Request-Type": "partial" };
}

async function keep(field, user, isLeaving) {
  const body = new FormData();
  body.set("user", user);
  body.set("text", field.value);
  body.set("once", field.form?.elements.once?.value ?? "");
  const words = { field, user, text: field.value };
  onTheWay.set(field.dataset.draft, words);
  const send = () => fetch(field.dataset.draft, { method: "POST", body, headers: headers(), keepalive: isLeaving });
  try {
    let response = await send();
    const fresh = response.headers.get("X-CSRFToken");
    if (response.status === 400 && fresh) {
      document.dispatchEvent(new CustomEvent("crm:token", { detail: fresh }));
      response = await send();
    }
    // What is out of sight by now cannot be kept; everything else is tried again.
    if (!response.ok && ![403, 404, 413].includes(response.status)) throw new Error(response.status);
    if (onTheWay.get(field.dataset.draft) === words) onTheWay.delete(field.dataset.draft);
    say(field, response.ok && !unkept.has(field.dataset.draft) ? "kept" : "unkept");
  } catch {
    say(field, "unkept");
    if (!unkept.has(field.dataset.draft)) unkept.set(field.dataset.draft, { field, user });
    later(TRIES_AGAIN_AFTER);
  }
}

// A form that was sent is gone from the page; its words are where they belong.
function keepAll({ isLeaving = false, but = null } = {}) {
  clearTimeout(timer);
  timer = undefined;
  for (const [address, { field, user }] of [...unkept]) {
    if (field.form === but && but) continue;
    unkept.delete(address);
    if (field.isConnected) keep(field, user, isLeaving);
  }
  if (unkept.size) later(WAITS);
}

document.addEventListener("input", ({ target }) => {
  if (!target.dataset?.draft) return;
  // Whose words they are: somebody else may sign in before they are kept.
  unkept.set(target.dataset.draft, { field: target, user: document.body.dataset.user });
  later(WAITS);
});

// A page that is loaded anew is drawn before what was typed last has come to the server: it waits in this tab.
function setAside() {
  const words = [...onTheWay, ...[...unkept].map(([address, { field, user }]) => [address, { field, user, text: field.value }])];
  for (const [address, { field, user, text }] of words) {
    if (field.isConnected) sessionStorage.setItem(ASIDE + address, JSON.stringify({ user, text, at: Date.now() }));
  }
}

function bringBack() {
  for (const key of Object.keys(sessionStorage).filter((name) => name.startsWith(ASIDE))) {
    const field = document.querySelector(`[data-draft="${CSS.escape(key.slice(ASIDE.length))}"]`);
    if (!field) continue;
    const { user, text, at } = JSON.parse(sessionStorage.getItem(key));
    sessionStorage.removeItem(key);
    if (user !== document.body.dataset.user || field.value === text || Date.now() - at > FOR) continue;
    field.value = text;
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
}

addEventListener("pagehide", () => {
  setAside();
  keepAll({ isLeaving: true });
});
bringBack();
document.addEventListener("htmx:after:swap", bringBack);
document.addEventListener("visibilitychange", () => document.hidden && keepAll({ isLeaving: true }));
// Another act may take the field from the page.
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  if (unkept.size) keepAll({ but: ctx.sourceElement.closest?.("form") ?? null });
});
document.addEventListener("crm:signed-in", () => keepAll());
