// What stands between a request of htmx and its answer: a token that went stale, a session that ended,
// a connection that broke. Whatever happens, what was typed stays where it is.

// A new token goes to where htmx and every form on the page take theirs from.
function renew(token) {
  document.body.setAttribute("hx-headers:inherited", JSON.stringify({ "X-CSRFToken": token }));
  for (const field of document.querySelectorAll('input[name$="csrf_token"]')) field.value = token;
}

document.addEventListener("crm:token", (event) => renew(event.detail));

function stamp(request, token) {
  request.headers["X-CSRFToken"] = token;
  for (const name of [...(request.body?.keys?.() ?? [])]) {
    if (name.endsWith("csrf_token")) request.body.set(name, token);
  }
}

let waiting;

// Ask to sign in over the page as it stands; whoever waits goes on with the new token.
function signIn(html) {
  waiting ??= new Promise((resolve, reject) => {
    const done = (event) => {
      stop();
      if (String(event.detail.user) === (document.body.dataset.user ?? "")) return resolve(event.detail.token);
      // Somebody else: this page and what is typed in it are not theirs.
      location.reload();
      reject(new DOMException("Another person signed in.", "AbortError"));
    };
    const left = (event) => {
      if (!event.target.querySelector?.("#sign-in-form")) return;
      stop();
      reject(new DOMException("Not signed in.", "AbortError"));
    };
    const stop = () => {
      waiting = undefined;
      document.removeEventListener("crm:signed-in", done);
      document.removeEventListener("crm:dialog-left", left);
    };
    document.addEventListener("crm:signed-in", done);
    document.addEventListener("crm:dialog-left", left);
    htmx.swap({ text: html, target: "#dialog", swap: "innerHTML", sourceElement: document.body });
    const email = document.querySelector("#sign-in-form [name=email]");
    if (email && !email.value) email.value = document.body.dataset.email ?? "";
  });
  return waiting;
}

async function persist(ctx, send, url, request) {
  let response = await send(url, request);
  const fresh = response.headers.get("X-CSRFToken");
  if (response.status === 400 && fresh) {
    renew(fresh);
    stamp(request, fresh);
    response = await send(url, request);
  }
  while (response.status === 401) {
    clearTimeout(ctx.requestTimeout);
    const token = await signIn(await response.text());
    stamp(request, token);
    response = await send(url, request);
  }
  const trigger = response.headers.get("HX-Trigger");
  if (trigger?.includes("signed-in")) {
    const token = response.headers.get("X-CSRFToken");
    renew(token);
    const detail = { ...JSON.parse(trigger)["signed-in"], token };
    document.dispatchEvent(new CustomEvent("crm:signed-in", { detail }));
  }
  return response;
}

document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = event.detail;
  if (ctx.kept) ctx.request.body = ctx.kept;
  // A file may be long on its way.
  const holdsFile = [...(ctx.request.body?.values?.() ?? [])].some((value) => value instanceof File && value.size);
  if (holdsFile) ctx.request.timeout = "600s";
});

document.addEventListener("htmx:before:request", (event) => {
  const { ctx } = event.detail;
  const send = ctx.fetch;
  ctx.fetch = (url, request) => persist(ctx, send, url, request);
});

// The same request once more, with what was sent the first time.
function again({ source, method, action, ...how }) {
  const from = source.isConnected ? source : document.body;
  htmx.ajax(method, action, { ...how, source: from });
}

function remember(ctx) {
  const { target, swap, select, selectOOB, push, replace } = ctx;
  const { method, action, body } = ctx.request;
  return { source: ctx.sourceElement, target, swap, select, selectOOB, push, replace, method, action, kept: body };
}

function fail(ctx, sentence) {
  const request = remember(ctx);
  document.dispatchEvent(new CustomEvent("crm:failed", { detail: { sentence, again: () => again(request) } }));
}

document.addEventListener("htmx:error", (event) => {
  const { ctx, error } = event.detail;
  if (!ctx?.request || ctx.text !== undefined) return;
  const words = document.getElementById("failure").dataset;
  const isLate = ctx.request.signal?.reason === "timeout";
  if (isLate || error instanceof TypeError) fail(ctx, ctx.broken ?? (isLate ? words.late : words.offline));
});

document.addEventListener("htmx:response:error", (event) => {
  const { ctx } = event.detail;
  if (ctx.response.status < 500) return;
  const page = new DOMParser().parseFromString(ctx.text, "text/html");
  const said = page.querySelector(".note-box p")?.textContent.trim();
  fail(ctx, said || document.getElementById("failure").dataset.failed);
});

// A refusal is about the act before it; the next one takes it away.
document.addEventListener("htmx:before:request", (event) => {
  if (event.detail.ctx.request.method !== "GET") document.getElementById("flash")?.replaceChildren();
});
