// Loaded before anything is painted, so that a dark page is never white for a moment.
// A file of its own because the content security policy allows no inline script.
{
  const chosen = localStorage.getItem('gala:theme')
  const isDark = chosen === null ? matchMedia('(prefers-color-scheme: dark)').matches : chosen === 'dark'
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light'
}
