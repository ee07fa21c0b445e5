/** Under what the answers about the past of a room are kept. */
export const historyKeys = {
  room: (room: string) => ['history', room] as const,
  edits: (room: string) => ['history', room, 'edits'] as const,
  versions: (room: string) => ['history', room, 'versions'] as const,
  moment: (room: string, seq: number) => ['history', room, 'moment', seq] as const,
  difference: (room: string, from: number, to: number) => ['history', room, 'difference', from, to] as const,
}
