import type { RoomSnapshot } from '@gala/client'
import { describe, expect, it } from 'vitest'

import { refusalWords } from '../src/features/saving/refusalWords'
import { saveWords } from '../src/features/saving/saveWords'

const calm: RoomSnapshot = {
  status: 'connected',
  saveState: 'saved',
  isKept: true,
  isLoaded: true,
  isSynced: true,
  access: 'write',
  denial: undefined,
  reason: undefined,
}

describe('the save note', () => {
  it.each<[string, Partial<RoomSnapshot>]>([
    ['Saved', {}],
    ['View only', { access: 'read' }],
    ['Saving…', { saveState: 'saving' }],
    ['Connecting…', { status: 'connecting', isSynced: false }],
    ['Reconnecting…', { status: 'connecting', saveState: 'offline' }],
    ['Offline – kept on this device', { status: 'offline', saveState: 'offline' }],
    ['Offline – keep this tab open', { status: 'offline', saveState: 'offline', isKept: false }],
    ['Offline – nothing unsaved', { status: 'offline' }],
    ['Your changes are refused', { saveState: 'denied' }],
    ['Not saved – you may only view', { saveState: 'denied', access: 'read' }],
    ['Not saved – you are signed out', { status: 'denied', saveState: 'denied', denial: 'unauthorized' }],
    ['Not connected', { status: 'denied' }],
  ])('says “%s”', (text, snapshot) => {
    expect(saveWords({ ...calm, ...snapshot }).text).toBe(text)
  })

  it('says “Saved” for no other state than the one in which everything is', () => {
    const states = (['saving', 'offline', 'denied'] as const).flatMap((saveState) =>
      (['connecting', 'connected', 'offline', 'denied'] as const).map((status) => ({ ...calm, saveState, status })),
    )

    expect(states.map((state) => saveWords(state).text)).not.toContain('Saved')
  })
})

describe('what is said of edits that are refused', () => {
  it('names what becomes of them, and claims a copy only where there is one', () => {
    const signedOut: RoomSnapshot = { ...calm, status: 'denied', saveState: 'denied', denial: 'unauthorized' }

    expect(refusalWords(signedOut)).toContain('kept on this device')
    expect(refusalWords({ ...signedOut, isKept: false })).toContain('are not saved. Copy')
    expect(refusalWords({ ...calm, saveState: 'denied', access: 'read' })).toContain('only view this page now')
    expect(refusalWords({ ...calm, status: 'denied', saveState: 'denied', reason: 'the document is full' })).toContain(
      '(the document is full)',
    )
  })
})
