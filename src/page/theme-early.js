// Runs before anything is painted, so that a chosen theme is there from the first moment. No module may be that early.
try {
  const theme = localStorage.getItem('theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; the system's theme serves.
}
document.documentElement.classList.add('scripted');
