// A menu closes when something in it has been chosen. (A swap that keeps elements would keep it open.)
document.addEventListener("click", (event) => {
  event.target.closest?.(".menu :is(a, button)")?.closest("[popover]")?.hidePopover();
});
