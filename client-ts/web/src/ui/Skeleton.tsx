/** Grey bars of these widths (in per cent), where text will be. */
export function Skeleton({ widths, className = '' }: { widths: readonly number[]; className?: string }) {
  return (
    <div aria-hidden className={`animate-pulse space-y-3 ${className}`}>
      {widths.map((width, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the bars never change places.
        <div key={line} className="h-4 rounded bg-hover" style={{ width: `${width}%` }} />
      ))}
    </div>
  )
}
