// What others do appears within seconds: one small question every four, while somebody looks. It is asked by whoever has
// most to ask, which on a board is the board: its answer brings the bell along.
const EVERY = 4000;
const SLOWEST = 60000;
const HEADERS = { "HX-Request": "true", "HX-Request-Type": "partial" };
const askers = [];
let wait = EVERY;
let timer;

// Who asks says what, or nothing where it is not there or in use just now, and takes the answer to that.
document.addEventListener("crm:asks", ({ detail: asker }) => askers.unshift(asker));

function next() {
  for (const asker of askers) {
    const question = asker.question();
    if (question) return { asker, question };
  }
  return {};
}

async function tick() {
  const { asker, question } = document.hidden ? {} : next();
  try {
    if (asker) {
      const response = await fetch(question, { headers: { ...HEADERS, "HX-Current-URL": location.href } });
      wait = response.ok ? EVERY : Math.min(wait * 2, SLOWEST);
      await asker.answer(response, question);
    }
  } catch {
    wait = Math.min(wait * 2, SLOWEST);
  }
  clearTimeout(timer);
  timer = setTimeout(tick, wait);
}

timer = setTimeout(tick, EVERY);
document.addEventListener("visibilitychange", () => document.hidden || tick());
document.addEventListener("crm:ask", tick);
