// A menu closes when something in it has been chosen. (A swap that keeps elements would keep it open.)
// What asks further, or may be refused, in its place (data-stays) leaves it open.
document.addEventListener("click", (event) => {
  event.target.closest?.(".menu :is(a, button):not([data-stays])")?.closest("[popover]")?.hidePopover();
});

// What was fetched into a popover is shown there, at what asked for it.
document.addEventListener("htmx:after:swap", (event) => {
  const { sourceElement: source, target } = event.detail.ctx;
  if (target?.matches?.("[popover]:not(:popover-open)") && target.childElementCount && !target.contains(source)) target.showPopover({ source });
});
