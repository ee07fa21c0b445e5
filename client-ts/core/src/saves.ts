/**
 * Counts what the server still has to acknowledge. Nothing here is hopeful: edits are saved
 * only when the server has said so for every frame that may hold them.
 *
 * After each (re)connect the server asks what it lacks and is answered in full; the
 * acknowledgement of that answer covers everything edited before, whatever was lost.
 */
export class SaveLedger {
  /** There may be edits that the server has not acknowledged. */
  #isUnsaved = false
  /** Frames sent on this connection that are not acknowledged yet. */
  #owed = 0
  /** On this connection, the server has been sent everything it lacked. */
  #isReconciled = false
  /** Frames among them that the server has refused. */
  #refused = 0

  get isUnsaved(): boolean {
    return this.#isUnsaved
  }

  get isRefused(): boolean {
    return this.#refused > 0
  }

  /** The document was changed here, or may have been in an earlier life of this tab. */
  edited(): void {
    this.#isUnsaved = true
  }

  /** A change was sent. */
  sent(): void {
    this.#owed += 1
  }

  /** The server was sent everything it lacked. */
  reconciled(): void {
    this.#owed += 1
    this.#isReconciled = true
  }

  /** The server answered one frame. */
  acknowledged(saved: boolean): void {
    if (!saved) {
      // The frame stays owed: what was refused is never counted as saved on this connection.
      this.#refused += 1
      return
    }
    this.#owed = Math.max(0, this.#owed - 1)
    if (this.#owed === 0 && this.#isReconciled) this.#isUnsaved = false
  }

  /** What was refused is offered once more: the server will be sent everything it lacks again. */
  offeredAgain(): void {
    this.#owed -= this.#refused
    this.#refused = 0
    this.#isReconciled = false
  }

  /** The connection is gone, and with it every acknowledgement that was owed. */
  lost(): void {
    this.#owed = 0
    this.#isReconciled = false
    this.#refused = 0
  }
}
