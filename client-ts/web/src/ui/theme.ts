import { useSyncExternalStore } from 'react'

export type Theme = 'light' | 'dark'

/** Also read by `public/theme.js`, before the first paint. */
const STORAGE_KEY = 'gala:theme'

const listeners = new Set<() => void>()

/** The theme that is shown now, which `theme.js` has set before anything was painted. */
export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, read)
}

/** Shows a theme, here and on every later visit. */
export function chooseTheme(theme: Theme): void {
  localStorage.setItem(STORAGE_KEY, theme)
  show(theme)
}

function show(theme: Theme): void {
  document.documentElement.dataset.theme = theme
  for (const listener of listeners) listener()
}

function read(): Theme {
  return document.documentElement.dataset.theme === 'dark' ? 'dark' : 'light'
}

function subscribe(listener: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)')
  const follow = () => {
    if (localStorage.getItem(STORAGE_KEY) === null) show(system.matches ? 'dark' : 'light')
  }
  listeners.add(listener)
  system.addEventListener('change', follow)
  return () => {
    listeners.delete(listener)
    system.removeEventListener('change', follow)
  }
}
