import { X } from 'lucide-react'
import { useState } from 'react'

import { Dialog } from '../../ui/Dialog'
import { IconButton } from '../../ui/IconButton'
import { Loaded } from '../../ui/Loaded'
import { type Page, titleOf } from '../pages/tree'
import { failureWords } from '../problems/words'
import { Grants } from './Grants'
import { MembersLevel } from './MembersLevel'
import { useSharing } from './queries'
import { ShareLinks } from './ShareLinks'

/** What each part of the dialog needs. */
export interface SharingPart {
  page: Page
  /** Says what did not work, within the dialog: what is behind it is out of reach. */
  onFailure: (what: string, error: Error) => void
}

/** Who may enter a page and those below it, and how. */
export function ShareDialog({ page, onClose }: { page: Page; onClose: () => void }) {
  const { data: sharing, error, refetch } = useSharing(page.id)
  const [failure, setFailure] = useState('')
  const part: SharingPart = {
    page,
    onFailure: (what, error) => setFailure(`${what}. ${failureWords(error)}`),
  }
  const title = `Share “${titleOf(page)}”`

  return (
    <Dialog label={title} onClose={onClose} className="mt-[8vh]">
      {/* What is said stands for a while, but not beyond the next thing one does. */}
      <div className="flex max-h-[76vh] flex-col" onPointerDownCapture={() => setFailure('')}>
        <header className="flex items-center gap-3 border-line border-b py-2 pr-2 pl-5">
          <h2 className="min-w-0 flex-1 truncate font-semibold text-base tracking-tight">{title}</h2>
          <IconButton label="Close" onClick={onClose}>
            <X className="size-4" aria-hidden />
          </IconButton>
        </header>
        <p role="alert" className="bg-bad-soft px-5 py-2 text-bad text-sm empty:hidden">
          {failure}
        </p>
        <div className="overflow-y-auto overscroll-contain px-5 pt-5 pb-2">
          <Loaded failure={sharing === undefined && error !== null ? failureWords(error) : undefined} onRetry={refetch}>
            {sharing && (
              <>
                <MembersLevel sharing={sharing} {...part} />
                <Grants sharing={sharing} {...part} />
                <ShareLinks {...part} />
              </>
            )}
          </Loaded>
        </div>
      </div>
    </Dialog>
  )
}
