import { bodyOf } from '@gala/client'
import { useClient } from '@gala/react'
import { useQuery } from '@tanstack/react-query'

/** Who this browser is to the server, and so to the others. */
export function useMe() {
  const { api } = useClient()
  return useQuery({
    queryKey: ['me'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () => bodyOf(api.GET('/api/v1/me')),
  })
}
