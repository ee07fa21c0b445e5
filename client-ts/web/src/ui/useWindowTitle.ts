import { useEffect } from 'react'

/** Names the window, and so the tab and the step in its history. */
export function useWindowTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} – Gala`
    return () => {
      document.title = 'Gala'
    }
  }, [title])
}
