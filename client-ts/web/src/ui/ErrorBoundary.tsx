import { TriangleAlert } from 'lucide-react'
import { Component, type ReactNode } from 'react'

import { Button } from './Button'
import { Message } from './Message'

/** Shows that something broke instead of nothing at all: an error in what is inside, or code that cannot be fetched. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false }

  static getDerivedStateFromError() {
    return { hasFailed: true }
  }

  override render() {
    if (!this.state.hasFailed) return this.props.children
    return (
      <Message
        icon={TriangleAlert}
        title="This did not work"
        actions={<Button onClick={() => location.reload()}>Load again</Button>}
      >
        What you wrote is not affected. If it happens again, please tell whoever runs this server.
      </Message>
    )
  }
}
