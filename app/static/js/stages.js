// Left and right go along the stages of a case; Enter moves it to the one that has the focus.
const STEP = { ArrowLeft: -1, ArrowRight: 1 };

document.addEventListener("keydown", (event) => {
  const here = event.target.closest?.(".stages button");
  if (!here || !(event.key in STEP) || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const all = [...here.closest(".stages").querySelectorAll("button")];
  all[all.indexOf(here) + STEP[event.key]]?.focus();
});
