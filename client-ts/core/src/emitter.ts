/** Stops a subscription; calling it again does nothing. */
export type Unsubscribe = () => void

type Listener<Value> = (value: Value) => void

/** Typed events. A listener that throws does not keep the others from being told. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>()

  on<Name extends keyof Events>(event: Name, listener: Listener<Events[Name]>): Unsubscribe {
    const listeners = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, listeners)
    // One function may be subscribed twice; each subscription is then ended on its own.
    const subscription: Listener<Events[Name]> = (value) => listener(value)
    listeners.add(subscription)
    return () => listeners.delete(subscription)
  }

  emit<Name extends keyof Events>(event: Name, value: Events[Name]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      try {
        ;(listener as Listener<Events[Name]>)(value)
      } catch (error) {
        console.error(error)
      }
    }
  }
}
