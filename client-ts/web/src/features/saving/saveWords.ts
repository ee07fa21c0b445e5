import type { RoomSnapshot } from '@gala/client'

/** What is said about the edits, and how serious it is. */
export interface SaveWords {
  text: string
  tone: 'calm' | 'quiet' | 'busy' | 'warning' | 'failure'
}

/** The save state in words that are true. "Saved" is said only after the server has committed everything. */
export function saveWords({ status, saveState, isKept, isSynced, access, denial }: RoomSnapshot): SaveWords {
  if (saveState === 'denied') return { text: refusedText(status, denial, access), tone: 'failure' }
  switch (status) {
    case 'denied':
      return { text: 'Not connected', tone: 'failure' }
    case 'offline':
      return { text: offlineText(saveState === 'saved', isKept), tone: 'warning' }
    case 'connecting':
      return { text: isSynced ? 'Reconnecting…' : 'Connecting…', tone: 'busy' }
    case 'connected':
      if (saveState !== 'saved') return { text: 'Saving…', tone: 'busy' }
      return access === 'read' ? { text: 'View only', tone: 'quiet' } : { text: 'Saved', tone: 'calm' }
  }
}

function refusedText(
  status: RoomSnapshot['status'],
  denial: RoomSnapshot['denial'],
  access: RoomSnapshot['access'],
): string {
  if (denial === 'unauthorized') return 'Not saved – you are signed out'
  if (status !== 'denied' && access === 'read') return 'Not saved – you may only view'
  return 'Your changes are refused'
}

function offlineText(isSaved: boolean, isKept: boolean): string {
  if (isSaved) return 'Offline – nothing unsaved'
  return isKept ? 'Offline – kept on this device' : 'Offline – keep this tab open'
}
