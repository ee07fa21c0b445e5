import { notify } from './notices'

/** Copies a text, and says so if the browser does not allow it: answers with whether it did. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    // Browsers refuse on pages that were not loaded over HTTPS.
    notify({ text: 'The browser does not let this page copy: select the text and copy it by hand', isError: true })
    return false
  }
}
