// A menu closes when something in it has been chosen. (A swap that keeps elements would keep it open.)
document.addEventListener("click", (event) => {
  event.target.closest?.(".menu :is(a, button)")?.closest("[popover]")?.hidePopover();
});

// What was fetched into a popover is shown there, at what asked for it.
document.addEventListener("htmx:after:swap", (event) => {
  const { sourceElement: source, target } = event.detail.ctx;
  if (target?.matches?.("[popover]:not(:popover-open)") && target.childElementCount && !target.contains(source)) target.showPopover({ source });
});
