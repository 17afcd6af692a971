// What is new in a history arrives under a heading of its own; where that day has one already, they become one.
document.addEventListener("htmx:after:swap", () => {
  for (const day of document.querySelectorAll(".history .day[data-day]")) {
    const stream = day.nextElementSibling;
    const older = stream?.nextElementSibling;
    if (!older?.matches(".day") || older.dataset.day !== day.dataset.day) continue;
    stream.append(...older.nextElementSibling.children);
    older.nextElementSibling.remove();
    older.remove();
  }
});
