import { useCallback, useState } from 'react'

/** State that this browser remembers under a key, as JSON. What cannot be read counts as not there. */
export function useStored<Value>(key: string, initial: Value, isValue: (value: unknown) => value is Value) {
  const [value, setValue] = useState<Value>(() => readStored(key, isValue) ?? initial)
  const store = useCallback(
    (next: Value) => {
      setValue(next)
      localStorage.setItem(key, JSON.stringify(next))
    },
    [key],
  )
  return [value, store] as const
}

function readStored<Value>(key: string, isValue: (value: unknown) => value is Value): Value | undefined {
  const text = localStorage.getItem(key)
  if (text === null) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isValue(value) ? value : undefined
  } catch {
    return undefined
  }
}
