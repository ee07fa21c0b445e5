import { describe, expect, it } from 'vitest'

import { SaveLedger } from '../src/saves'

describe('the ledger', () => {
  it('counts nothing as saved before the server was sent what it lacked', () => {
    const ledger = new SaveLedger()
    ledger.edited()
    ledger.sent()

    ledger.acknowledged(true)

    expect(ledger.isUnsaved).toBe(true)
  })

  it('waits for the last of several acknowledgements', () => {
    const ledger = new SaveLedger()
    ledger.reconciled()
    ledger.edited()
    ledger.sent()

    ledger.acknowledged(true)
    expect(ledger.isUnsaved).toBe(true)
    ledger.acknowledged(true)
    expect(ledger.isUnsaved).toBe(false)
  })

  it('keeps edits unsaved when the connection with their acknowledgements is lost', () => {
    const ledger = new SaveLedger()
    ledger.reconciled()
    ledger.edited()
    ledger.sent()

    ledger.lost()
    ledger.acknowledged(true)

    expect(ledger.isUnsaved).toBe(true)
  })

  it('never counts a refused edit as saved on the same connection', () => {
    const ledger = new SaveLedger()
    ledger.reconciled()
    ledger.edited()
    ledger.sent()

    ledger.acknowledged(true)
    ledger.acknowledged(false)
    expect(ledger.isRefused).toBe(true)
    expect(ledger.isUnsaved).toBe(true)
  })

  it('does not take the acknowledgement of an earlier edit for that of what is offered again', () => {
    const ledger = new SaveLedger()
    ledger.edited()
    ledger.reconciled()
    ledger.sent()
    ledger.acknowledged(true)
    ledger.acknowledged(false)
    ledger.sent()

    ledger.offeredAgain()
    ledger.reconciled()
    ledger.acknowledged(true)
    expect(ledger.isUnsaved).toBe(true)
    ledger.acknowledged(true)

    expect(ledger.isUnsaved).toBe(false)
  })
})
