export interface Rect {
  left: number
  top: number
  right: number
  bottom: number
}

export interface Size {
  width: number
  height: number
}

export interface Placement {
  /** On which side of the anchor, if there is room. */
  side: 'above' | 'below'
  /** Which edges are in line. */
  align: 'start' | 'center' | 'end'
}

/** Pixels between what floats and its anchor. */
const GAP_PX = 6
/** Pixels between what floats and the edge of the window. */
const MARGIN_PX = 8

/** Where something floats beside its anchor: on the other side if it does not fit, and always inside the window. */
export function place(anchor: Rect, floating: Size, viewport: Size, { side, align }: Placement) {
  const above = anchor.top - GAP_PX - floating.height
  const below = anchor.bottom + GAP_PX
  const fitsAbove = above >= MARGIN_PX
  const fitsBelow = below + floating.height <= viewport.height - MARGIN_PX
  const isBelow = side === 'below' ? fitsBelow || !fitsAbove : fitsBelow && !fitsAbove

  const start = {
    start: anchor.left,
    center: (anchor.left + anchor.right - floating.width) / 2,
    end: anchor.right - floating.width,
  }[align]

  return {
    left: clamp(start, MARGIN_PX, viewport.width - floating.width - MARGIN_PX),
    top: clamp(isBelow ? below : above, MARGIN_PX, viewport.height - floating.height - MARGIN_PX),
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most))
}
