/**
 * Goes on after signing in or out. Everything is loaded anew: no answer and no socket of who was here before
 * is used again, and password managers see that it worked.
 */
export function enter(path: string): void {
  location.replace(path)
}
