// Escape leaves a field that is edited where it stands, as its link does.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  const leave = event.target.closest?.("form")?.querySelector("[data-leave]");
  if (!leave) return;
  event.preventDefault();
  leave.click();
});
